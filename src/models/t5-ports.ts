/** @file What T5's graphs take from one another, by name: S source positions, T target positions. */
import type { Dim, Value } from '#grad';
import type { InputOf } from './segment.ts';
import type { T5Config } from './t5-config.ts';

export type Stack = 'encoder' | 'decoder';

export const lengthOf = (stack: Stack): 'S' | 'T' => (stack === 'encoder' ? 'S' : 'T');

/** (B,S,C) or (B,T,C) before block `i` */
export function hiddenOf(config: T5Config, input: InputOf, stack: Stack, i: number): Value {
  return input(`${stack}.hidden.${i}`, 'f32', ['B', lengthOf(stack), config.dModel]);
}

/** (B,H,S,S) or (1,H,T,T) what is added to a stack's scores */
export function biasOf(input: InputOf, stack: Stack, heads: Dim): Value {
  const length = lengthOf(stack);
  return input(`${stack}.bias`, 'f32', [stack === 'encoder' ? 'B' : 1, heads, length, length]);
}

export const encodedOf = (config: T5Config, input: InputOf): Value =>
  input('encoder.output', 'f32', ['B', 'S', config.dModel]);

export const maskOf = (input: InputOf): Value => input('source.mask', 'f32', ['B', 1, 1, 'S']);

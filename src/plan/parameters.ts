/** @file Sizes of what is trained, and of what the optimizer keeps for it. */
import { momentBytes } from '#base';
import { adapterShapes } from '#models';
import type { Plan } from '#protocol';
import type { PlanQuestion } from './question.ts';

/** Names and shapes of the trained tensors. */
export function trainedShapes({
  model,
  adapter,
}: Pick<PlanQuestion, 'model' | 'adapter'>): ReadonlyMap<string, readonly number[]> {
  if (adapter) return adapterShapes(model, adapter);
  return new Map([...model.tensors].map(([name, { shape }]) => [name, shape]));
}

/** Bytes of parameters and their gradients in float32, and of AdamW's two moments. */
export function trainedBytes(
  shapes: Iterable<readonly number[]>,
  { optimizerState }: Pick<Plan, 'optimizerState'>,
): number {
  let bytes = 0;
  for (const shape of shapes) {
    const count = shape.reduce((product, length) => product * length, 1);
    bytes += 2 * FLOAT_BYTES * count + 2 * momentBytes(count, optimizerState);
  }
  return bytes;
}

const FLOAT_BYTES = 4;

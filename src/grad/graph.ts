/**
 * @file A graph: values, each made by one operation from earlier values. Immutable.
 *
 * A value carries its own shape and dtype; a graph names some values as outputs and lists what they
 * need. Graphs are made by GraphBuilder and checked by verify().
 */
import type { Shape } from './dim.ts';
import type { OpName, OpParams } from './ops.ts';
import type { DType } from './tensor.ts';

export interface ValueOf<Op extends OpName> {
  /** Position in the builder's order of creation: an operand's id is smaller than its user's. */
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Value[];
  readonly params: OpParams[Op];
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A value of any operation; `value.op` tells which, and narrows `value.params`. */
export type Value = { [Op in OpName]: ValueOf<Op> }[OpName];

export interface Graph {
  readonly name: string;
  /** Fed at each run, in the order of declaration. */
  readonly inputs: readonly ValueOf<'input'>[];
  readonly weights: readonly ValueOf<'weight'>[];
  readonly outputs: Readonly<Record<string, Value>>;
  /** What the outputs need, operands before users. */
  readonly nodes: readonly Value[];
}

/** Everything that the given values are made from, themselves included, operands before users. */
export function ancestorsOf(values: Iterable<Value>): Value[] {
  const seen = new Set<Value>();
  const pending = [...values];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    pending.push(...value.inputs);
  }
  return [...seen].toSorted((a, b) => a.id - b.id);
}

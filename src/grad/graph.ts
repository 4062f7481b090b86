/**
 * @file A graph: values, each made by one operation from earlier values. Immutable.
 *
 * A value carries its own shape and dtype; a graph names some values as outputs and lists what they
 * need. Graphs are made by GraphBuilder and checked by verify().
 */
import { type Shape, symbolsOf } from './dim.ts';
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

/**
 * The graph of these outputs, with no more than they need. Of `declared`, inputs that no output is made
 * from are kept where only they say what a symbol stands for.
 */
export function graphOf(
  name: string,
  outputs: Readonly<Record<string, Value>>,
  declared: readonly ValueOf<'input'>[],
): Graph {
  const targets = Object.values(outputs);
  const nodes = ancestorsOf([...targets, ...symbolGivers(ancestorsOf(targets), declared)]);
  return {
    name,
    inputs: nodes.filter((value) => value.op === 'input'),
    weights: nodes.filter((value) => value.op === 'weight'),
    outputs: { ...outputs },
    nodes,
  };
}

/** What the values are made from, themselves included, operands before users; `stop` values end a path. */
export function ancestorsOf(
  values: Iterable<Value>,
  stop: ReadonlySet<Value> = new Set(),
): Value[] {
  const seen = new Set<Value>(values);
  for (const value of seen) {
    if (!stop.has(value)) for (const input of value.inputs) seen.add(input);
  }
  return [...seen].toSorted((a, b) => a.id - b.id);
}

/**
 * The symbols in shapes and parameters of these values that neither an input among them nor a concat
 * has as a length by itself: nothing would say in a run what they stand for.
 */
export function openSymbols(nodes: readonly Value[]): Set<string> {
  const open = new Set(nodes.flatMap((value) => symbolsOf(dimsOf(value))));
  for (const value of nodes) {
    if (value.op === 'input') for (const dim of value.shape) open.delete(String(dim));
    if (value.op === 'concat') open.delete(String(value.params.dim));
  }
  return open;
}

function dimsOf(value: Value): Shape {
  const starts = value.op === 'slice' || value.op === 'pad';
  return starts ? [...value.shape, value.params.start] : value.shape;
}

function symbolGivers(
  nodes: readonly Value[],
  declared: readonly ValueOf<'input'>[],
): ValueOf<'input'>[] {
  const open = openSymbols(nodes);
  return declared.filter(({ shape }) => {
    const useful = shape.some((dim) => open.has(String(dim)));
    for (const dim of shape) open.delete(String(dim));
    return useful;
  });
}

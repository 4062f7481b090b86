/**
 * @file Runs a graph in float64: slow, plain, and what every other way of running it is held against.
 * Nothing is rounded to f32. Every value is kept until the end.
 */
import { bindGraph } from './bind-symbols.ts';
import { shapeOf, showShape } from './dim.ts';
import type { Graph, Value, ValueOf } from './graph.ts';
import { INTERPRET_RULES, type Run } from './interpret-rules.ts';
import type { OpName } from './ops.ts';
import type { Tensor64 } from './tensor.ts';

type Tensors = Readonly<Record<string, Tensor64>>;

/**
 * The outputs for these feeds and weights, by name. Symbols are read off the feeds. Throws `internal:`
 * errors for what is missing, of another shape or dtype than declared, or indexed out of range.
 */
export function interpret(
  graph: Graph,
  feeds: Tensors,
  weights: Tensors,
): Record<string, Tensor64> {
  const bindings = bindGraph(graph, feeds);
  const known = new Map<Value, Tensor64>();
  const tensorOf = (value: Value): Tensor64 => {
    const tensor = known.get(value);
    if (tensor) return tensor;
    throw new Error(`internal: graph ${graph.name}: ${value.op} is used before it is made`);
  };

  for (const value of graph.nodes) {
    const shape = shapeOf(value.shape, bindings);
    const given = value.op === 'input' ? feeds : weights;
    const source = (name: string) => sourceOf(value, name, shape, given);
    const data = compute(value, { shape, bindings, source }, value.inputs.map(tensorOf));
    known.set(value, { dtype: value.dtype, shape, data });
  }
  return Object.fromEntries(
    Object.entries(graph.outputs).map(([name, value]) => [name, tensorOf(value)]),
  );
}

function compute<Op extends OpName>(
  value: ValueOf<Op>,
  run: Run,
  operands: Tensor64[],
): Float64Array {
  return INTERPRET_RULES[value.op](value.params, run, ...operands);
}

function sourceOf(
  { op, dtype }: Value,
  name: string,
  shape: readonly number[],
  given: Tensors,
): Float64Array {
  const expected = `${dtype}${showShape(shape)}`;
  const tensor = given[name];
  if (tensor === undefined)
    throw new Error(`internal: ${op} ${name}: expected ${expected}, got nothing`);
  const got = `${tensor.dtype}${showShape(tensor.shape)}`;
  const length = shape.reduce((count, dim) => count * dim, 1);
  if (got !== expected || tensor.data.length !== length) {
    throw new Error(
      `internal: ${op} ${name}: expected ${expected}, got ${got} with ${tensor.data.length} elements`,
    );
  }
  return tensor.data;
}

/** @file A graph under other names: what it computes stays, its inputs, weights and outputs are called anew. */
import type { Graph, Value, ValueOf } from './graph.ts';

export function renameGraph(graph: Graph, rename: (name: string) => string): Graph {
  const copies = new Map<Value, Value>();
  const copyOf = (value: Value): Value => {
    const copy = copies.get(value);
    if (!copy) throw new Error(`internal: ${value.op} %${value.id} is used before it is made`);
    return copy;
  };
  for (const value of graph.nodes) copies.set(value, renameValue(value, rename, copyOf));
  const nodes = [...copies.values()];
  return {
    name: rename(graph.name),
    inputs: nodes.filter((value): value is ValueOf<'input'> => value.op === 'input'),
    weights: nodes.filter((value): value is ValueOf<'weight'> => value.op === 'weight'),
    outputs: Object.fromEntries(
      Object.entries(graph.outputs).map(([name, value]) => [rename(name), copyOf(value)]),
    ),
    nodes,
  };
}

function renameValue(
  value: Value,
  rename: (name: string) => string,
  copyOf: (value: Value) => Value,
): Value {
  if (value.op === 'input') {
    return { ...value, params: { ...value.params, name: rename(value.params.name) } };
  }
  if (value.op === 'weight') {
    return { ...value, params: { ...value.params, name: rename(value.params.name) } };
  }
  return { ...value, inputs: value.inputs.map(copyOf) };
}

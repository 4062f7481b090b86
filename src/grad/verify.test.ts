import { expect, test } from 'vitest';
import type { Graph, Value } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';
import { verify } from './verify.ts';

function sound(): Graph {
  const g = new GraphBuilder('g');
  const x = g.input('x', 'f32', ['B', 4]);
  return g.finish({ y: g.add(g.matmul(x, g.weight('w', [4, 4])), x) });
}

const soundBut = (change: Partial<Graph>): Graph => ({ ...sound(), ...change });

/** The graph with its node number `at` replaced, wherever it is used. */
function replaced(at: number, change: Partial<Value>): Graph {
  const graph = sound();
  const old = graph.nodes[at]!;
  const made = new Map<Value, Value>();
  const swap = (value: Value): Value => {
    const known = made.get(value);
    if (known) return known;
    const copy: Value = Object.assign(
      {},
      value,
      { inputs: value.inputs.map(swap) },
      value === old ? change : {},
    );
    made.set(value, copy);
    return copy;
  };
  const nodes = graph.nodes.map(swap);
  return {
    ...graph,
    nodes,
    inputs: nodes.filter((value) => value.op === 'input'),
    weights: nodes.filter((value) => value.op === 'weight'),
    outputs: { y: swap(graph.outputs['y']!) },
  };
}

test('a sound graph passes', () => {
  expect(() => verify(sound())).not.toThrow();
  expect(() => verify(replaced(0, {}))).not.toThrow();
});

test.each<[string, () => Graph, RegExp]>([
  ['no output', () => soundBut({ outputs: {} }), /no output/],
  [
    'nodes out of order',
    () => soundBut({ nodes: sound().nodes.toReversed() }),
    /internal: graph g/,
  ],
  ['a wrong shape', () => replaced(2, { shape: ['B', 5] }), /its rule gives f32\[B,4\]/],
  ['a wrong dtype', () => replaced(2, { dtype: 'i32' }), /it says i32/],
  [
    'a node twice',
    () => {
      const g = sound();
      return { ...g, nodes: [...g.nodes, g.nodes[0]!] };
    },
    /listed twice/,
  ],
  [
    'an input that is not listed',
    () => {
      const g = sound();
      return { ...g, inputs: [] };
    },
    /its inputs are not/,
  ],
  [
    'a weight that is not listed',
    () => {
      const g = sound();
      return { ...g, weights: [] };
    },
    /its weights are not/,
  ],
  [
    'an idle node',
    () => {
      const g = sound();
      return { ...g, outputs: { y: g.nodes[2]! } };
    },
    /no output needs it/,
  ],
])('%s is found', (_, graph, why) => {
  expect(() => verify(graph())).toThrow(why);
});

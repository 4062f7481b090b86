/** @file ONNX Runtime runs nodes as they stand, in a graph of its own and in a branch, by its own profile. */
import { array, assert, asyncProperty, nat, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradient, GraphBuilder, partition } from '#grad';
import { joinGraphs } from './join-graphs.ts';
import { lower } from './lower.ts';
import { namesOfRun, ranInOrder } from './onnx-graph.test-support.ts';
import type { OnnxGraph, Port } from './onnx-graph.ts';
import { leadingTo } from './running-order.ts';

const port = (name: string): Port => ({ name, type: 'f32', shape: ['B', 3] });

/** Nodes of two operands, each any earlier result or the input; what nobody reads is an output. */
const anyGraph = array(tuple(nat(), nat()), { minLength: 1, maxLength: 24 }).map(
  (picks): OnnxGraph => {
    const names = ['x'];
    const nodes = picks.map((pair, i) => {
      const inputs = pair.map((pick) => names[pick % names.length]!);
      const name = `n${i}`;
      names.push(name);
      return { op: 'Add', name, inputs, outputs: [name] };
    });
    const read = new Set(nodes.flatMap(({ inputs }) => inputs));
    const outputs = nodes.filter(({ name }) => !read.has(name)).map(({ name }) => port(name));
    return { name: 'any', nodes, initializers: [], inputs: [port('x')], outputs };
  },
);

const added = (name: string) => name.startsWith('after ');

test('any graph by itself', async () => {
  await assert(
    asyncProperty(anyGraph, async (graph) => {
      expect(await ranInOrder(graph, 2)).toEqual(graph.nodes);
    }),
    { numRuns: 30 },
  );
});

test('any graph as a branch', async () => {
  await assert(
    asyncProperty(anyGraph, async (graph) => {
      const renamed = { ...graph, outputs: [], nodes: [] };
      const names = await namesOfRun(joinGraphs('pair', renamed, graph).onnx, 2);
      const ours = names.filter((name) => graph.nodes.some((node) => node.name === name));
      expect(ours).toEqual(graph.nodes.map(({ name }) => name));
    }),
    { numRuns: 30 },
  );
});

describe('a network of eight layers', () => {
  const g = new GraphBuilder('layers');
  const x = g.input('x', 'f32', ['B', 4]);
  const weights = Array.from({ length: 8 }, (_, i) => g.weight(`w${i}`, [4, 4]));
  const y = weights.reduce((h, w) => g.tanh(g.mul(g.matmul(h, w), h)), x);
  const dy = g.input('dy', 'f32', ['B', 4]);
  const slopes = gradient(g, [{ value: y, cotangent: dy }], [...weights, x]);
  const joint = g.finish({
    y,
    ...Object.fromEntries(slopes.map((value, i) => [`d${i}`, value ?? x])),
  });

  test('and its gradient', async () => {
    const { onnx } = lower(joint, () => 'fed');
    expect(await ranInOrder(onnx, 3)).toEqual(onnx.nodes);
  });

  test.each(['minimum', 'none'] as const)(
    'the backward part, residuals: %s, needs no node more',
    (residuals) => {
      const { onnx } = lower(partition(joint, ['y'], { residuals }).backward, () => 'fed');
      const led = leadingTo(onnx.nodes);
      expect(led.filter(({ name }) => added(name))).toEqual([]);
      expect(led).toHaveLength(onnx.nodes.length);
    },
  );
});

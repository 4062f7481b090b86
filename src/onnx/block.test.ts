/** @file A small transformer block with all that a step of training asks of it, run by ONNX Runtime. */
import { expect, test } from 'vitest';
import { type Graph, gradient, GraphBuilder, partition, type Tensor, type Value } from '#grad';
import {
  computed,
  differences,
  disagreements,
  drawFeeds,
  interpreted,
} from '../../test/agreement.ts';

const [WIDTH, HEADS, INNER, RANK, VOCABULARY] = [8, 2, 12, 3, 11];
/** Small enough that no softmax saturates, which would leave gradients of rounding errors only. */
const DRAWING = { floatsWithin: 0.5, idsBelow: VOCABULARY };
const FORWARD = ['loss', 'z', 'keys', 'values'];
const RUNS = [
  { B: 1, S: 5, P: 0, T: 5 },
  { B: 3, S: 2, P: 4, T: 6 },
];

/** Embedding, RMS norm, attention over cached keys and new ones, gated FFN, cross entropy. */
function block(): { g: GraphBuilder; loss: Value; outputs: Record<string, Value> } {
  const g = new GraphBuilder('block');
  const ids = g.input('ids', 'i32', ['B', 'S']);
  const labels = g.input('labels', 'i32', ['B', 'S']);
  const keep = g.input('keep', 'bool', ['B', 'S', WIDTH]);
  const bias = g.input('bias', 'f32', [1, HEADS, 'S', 'T']);
  const pastKeys = g.input('past keys', 'f32', ['B', HEADS, 'P', WIDTH / HEADS]);
  const pastValues = g.input('past values', 'f32', ['B', HEADS, 'P', WIDTH / HEADS]);

  const linear = (x: Value, name: string, out: number) =>
    g.matmul(x, g.weight(name, [out, Number(x.shape.at(-1))]), { transB: true });
  const norm = (x: Value, name: string) => {
    const mean = g.reduceMean(g.mul(x, x), [2]);
    const inverse = g.reciprocal(g.sqrt(g.add(mean, g.fill(1e-6, []))));
    return g.mul(g.mul(x, inverse), g.weight(name, [WIDTH]));
  };
  const heads = (x: Value) =>
    g.transpose(g.reshape(x, ['B', 'S', HEADS, WIDTH / HEADS]), [0, 2, 1, 3]); // (B,H,S,D)

  const embedded = g.gather(g.weight('embedding', [VOCABULARY, WIDTH]), ids);
  const x = g.mul(g.mul(embedded, g.cast(keep)), g.fill(1.25, []));
  const normed = norm(x, 'norm 1');
  const adapted = linear(linear(normed, 'lora a', RANK), 'lora b', WIDTH);
  const query = heads(g.add(linear(normed, 'query', WIDTH), adapted));
  const keys = g.concat([pastKeys, heads(linear(normed, 'key', WIDTH))], 2, 'T'); // (B,H,T,D)
  const values = g.concat([pastValues, heads(linear(normed, 'value', WIDTH))], 2, 'T');
  const scores = g.add(g.matmul(query, keys, { transB: true }), bias); // (B,H,S,T)
  const attended = g.transpose(g.matmul(g.softmax(scores), values), [0, 2, 1, 3]);
  const y = g.add(x, linear(g.reshape(attended, ['B', 'S', WIDTH]), 'out', WIDTH));
  const gated = norm(y, 'norm 2');
  const inner = g.mul(g.gelu(linear(gated, 'gate', INNER), 'tanh'), linear(gated, 'up', INNER));
  const z = g.add(y, linear(inner, 'down', WIDTH));
  const logits = g.reshape(linear(z, 'head', VOCABULARY), ['B*S', VOCABULARY]);
  const nll = g.sub(g.logSumExp(logits), g.gatherLast(logits, g.reshape(labels, ['B*S'])));
  return { g, loss: g.reduceSum(nll, [0, 1]), outputs: { z, keys, values } };
}

function joint(): Graph {
  const { g, loss, outputs } = block();
  const weights = g.finish({ loss }).weights;
  const gradients = gradient(g, [{ value: loss, cotangent: g.fill(1, [1, 1]) }], weights);
  return g.finish({
    loss,
    ...outputs,
    ...Object.fromEntries(
      weights.map(({ params }, i) => [`grad:${params.name}`, gradients[i] ?? g.fill(NaN, [])]),
    ),
  });
}

test('loss and all gradients in one graph', async () => {
  expect(await disagreements(joint(), RUNS, { seed: 1, ...DRAWING })).toEqual([]);
});

test.each(['minimum', 'none'] as const)(
  'a forward graph and a backward graph, residuals: %s',
  async (residuals) => {
    const whole = joint();
    const { forward, backward } = partition(whole, FORWARD, { residuals });
    for (const bindings of RUNS) {
      const feeds = drawFeeds(whole, bindings, { seed: 2, ...DRAWING });
      const kept = await computed(forward, only(forward, feeds));
      const gradients = await computed(backward, only(backward, { ...feeds, ...kept }));
      expect(differences({ ...kept, ...gradients }, interpreted(whole, feeds))).toEqual([]);
    }
  },
);

function only(graph: Graph, tensors: Record<string, Tensor>): Record<string, Tensor> {
  const names = new Set([...graph.inputs, ...graph.weights].map(({ params }) => params.name));
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => names.has(name)));
}

/** @file Lowered graphs as text. */
import { expect, test } from 'vitest';
import { gradient, GraphBuilder } from '#grad';
import { lower } from './lower.ts';
import { text } from './onnx-graph.test-support.ts';

test('runtime shapes: made once, constant where 0 or -1 says enough', () => {
  const g = new GraphBuilder('shapes');
  const x = g.input('x', 'f32', ['B', 'S', 6]);
  const flat = g.exp(g.reshape(x, ['B*S', 6])); // one length left over: -1
  const heads = g.exp(g.reshape(x, ['B', 'S', 2, 3])); // lengths stay: 0
  const back = g.reshape(flat, ['B', 'S', 6]); // two lengths: from Shape
  const again = g.reshape(g.neg(flat), ['B', 'S', 2, 3]);
  const spread = g.broadcastTo(g.reduceSum(x, [0]), ['B', 'S', 6]); // S and 6 stay
  const graph = g.finish({ heads, back, again, spread });
  expect(text(lower(graph, () => 'fed').onnx)).toMatchInlineSnapshot(`
    "x f32[B,S,6]
    %0 = Reshape(x, ints:-1,6) allowzero=0
    %1 = Exp(%0)
    %2 = Reshape(x, ints:0,0,2,3) allowzero=0
    out:heads = Exp(%2)
    %4 = Shape(x) start=0 end=1
    %5 = Shape(x) start=1 end=2
    %6 = Concat(%4, %5, ints:6) axis=0
    out:back = Reshape(%1, %6) allowzero=1
    %8 = Neg(%1)
    %9 = Concat(%4, %5, ints:2, ints:3) axis=0
    out:again = Reshape(%8, %9) allowzero=1
    %11 = ReduceSum(x, ints:0) keepdims=1
    %12 = Concat(%4, ints:1, ints:1) axis=0
    out:spread = Expand(%11, %12)
    out:heads f32[B,S,2,3], out:back f32[B,S,6], out:again f32[B,S,2,3], out:spread f32[B,S,6]"
  `);
});

test('constants and stretched operands are not made where the operator broadcasts', () => {
  const g = new GraphBuilder('broadcast');
  const x = g.input('x', 'f32', ['B', 4]);
  const mean = g.broadcastTo(g.reduceMean(x, [1]), ['B', 4]);
  const graph = g.finish({
    y: g.div(g.sub(x, mean), g.fill(2, ['B', 4])),
    stretched: g.mul(mean, mean),
  });
  expect(text(lower(graph, () => 'fed').onnx)).toMatchInlineSnapshot(`
    "x f32[B,4]
    %0 = ReduceMean(x, ints:1) keepdims=1
    %1 = Expand(%0, ints:1,4)
    %2 = Sub(x, %0)
    out:y = Div(%2, float:2)
    out:stretched = Mul(%0, %1)
    out:y f32[B,4], out:stretched f32[B,4]"
  `);
});

test('the softmax of a cross entropy is written once for loss and gradient', () => {
  const g = new GraphBuilder('loss');
  const logits = g.input('logits', 'f32', ['N', 5]);
  const loss = g.reduceSum(g.logSumExp(logits), [0]);
  const [slope] = gradient(g, [{ value: loss, cotangent: g.fill(1, [1, 1]) }], [logits]);
  const graph = g.finish({ loss, slope: slope ?? loss });
  expect(text(lower(graph, () => 'fed').onnx)).toMatchInlineSnapshot(`
    "logits f32[N,5]
    %0 = ReduceMax(logits, ints:-1) keepdims=1
    out:slope = Softmax(logits) axis=-1
    %2 = ReduceMax(out:slope, ints:-1) keepdims=1
    %3 = Log(%2)
    %4 = Sub(%0, %3)
    out:loss = ReduceSum(%4, ints:0) keepdims=1
    out:loss f32[1,1], out:slope f32[N,5]"
  `);
});

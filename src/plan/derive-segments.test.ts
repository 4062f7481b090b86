/** @file The graphs of a training step: what each of them computes, keeps and asks for. */
import { describe, expect, test } from 'vitest';
import { type Graph, print, verify } from '#grad';
import { gradientOf, inputName, residualOf, trainingGraphs } from './derive-segments.ts';
import {
  isTrained,
  TINY_METHODS,
  tinyAdapter,
  tinyModel,
  type TinyMethod,
} from '../train/tiny-base.test-support.ts';

const model = tinyModel();
const PARTS = [false, true];

describe.each(TINY_METHODS)('%s', (method) => {
  test.each(PARTS)(
    'blocks in parts: %s: every graph is sound and gets what it asks for',
    (parts) => {
      const { segments, head } = graphsOf(method, '', parts);
      const made = new Set([...Object.keys(batchFeeds()), gradientOf('decoder.output')]);
      for (const segment of segments) {
        expect(() => verify(segment.forward)).not.toThrow();
        expect(missing(segment.forward, made), segment.name).toEqual([]);
        for (const name of segment.outputs) made.add(name);
      }
      expect(() => verify(head)).not.toThrow();
      for (const { name, backward, residuals } of segments.toReversed()) {
        if (!backward) continue;
        expect(() => verify(backward)).not.toThrow();
        expect(missing(backward, new Set([...made, ...residuals])), name).toEqual([]);
        for (const output of Object.keys(backward.outputs)) made.add(output);
      }
    },
  );

  test.each(PARTS)(
    'parts: %s: the gradient of every parameter comes out, and of nothing else',
    (parts) => {
      const { segments, head } = graphsOf(method, '', parts);
      const graphs = [head, ...segments.flatMap(({ backward }) => backward ?? [])];
      const all = new Set(graphs.flatMap((graph) => Object.keys(graph.outputs)));
      const boundaries = new Set(['head.hidden', ...segments.flatMap(({ outputs }) => outputs)]);
      const found = [...all].filter(
        (name) => name !== 'loss' && !boundaries.has(name.replace('grad:', '')),
      );
      const { trainable } = methodOf(method);
      const used = [...graphs, ...segments.map(({ forward }) => forward)];
      const weights = new Set(used.flatMap((graph) => graph.weights.map(inputName)));
      const expected = [...weights].filter(trainable).map(gradientOf);
      expect(found.toSorted()).toEqual(expected.toSorted());
    },
  );
});

test('where nothing trainable lies before or in it, a segment has no backward graph', () => {
  expect(withoutBackward('full')).toEqual([]);
  expect(withoutBackward('soft-prompt')).toEqual(['decoder.embed']);
  expect(withoutBackward('lora')).toEqual(['encoder.embed', 'decoder.embed']);
  expect(withoutBackward('lora', 'decoder.block.1.')).toEqual([
    'encoder.embed',
    'encoder.block.0',
    'encoder.block.1',
    'encoder.norm',
    'decoder.embed',
    'decoder.block.0',
  ]);
});

test('in parts, the segments of a block are one group, and say along what they may be cut', () => {
  const { segments } = graphsOf('lora', '', true);
  const block = segments.filter(({ group }) => group === 'decoder.block.1');
  expect(block.map(({ name, sliceable }) => `${name} ${sliceable ?? '-'}`)).toMatchInlineSnapshot(`
    [
      "decoder.block.1.layer.0.SelfAttention.projections -",
      "decoder.block.1.layer.0.SelfAttention.products H",
      "decoder.block.1.layer.0.SelfAttention.output -",
      "decoder.block.1.layer.1.EncDecAttention.projections -",
      "decoder.block.1.layer.1.EncDecAttention.products H",
      "decoder.block.1.layer.1.EncDecAttention.output -",
      "decoder.block.1.feed-forward R",
    ]
  `);
});

test('of an encoder block with LoRA, narrow values are kept and the scores made again', () => {
  const small = tinyModel({ d_model: 8, d_ff: 10, num_layers: 1, feed_forward_proj: 'relu' });
  const modules = ['encoder.block.0.layer.0.SelfAttention.q'];
  const { segments } = trainingGraphs(small, {
    adapter: { kind: 'lora', r: 2, alpha: 4, dropout: 0.1, modules },
    dropout: 0.1,
    trainable: (name) => name.includes('lora'),
  });
  const block = segments.find(({ name }) => name === 'encoder.block.0');
  expect(block?.backward && print(block.backward)).toMatchInlineSnapshot(`
    "graph encoder.block.0.backward
      %0 = input encoder.hidden.0 : f32[B,S,8]
      %1 = input encoder.bias : f32[B,2,S,S]
      %2 = input dropout:encoder.block.0.layer.0.SelfAttention.q.lora@0.1 : f32[B,S,8]
      %3 = input dropout:encoder.block.0.layer.0.SelfAttention.weights@0.1 : f32[B,2,S,S]
      %4 = input dropout:encoder.block.0.layer.0@0.1 : f32[B,S,8]
      %5 = input dropout:encoder.block.0.layer.1.DenseReluDense@0.1 : f32[B,S,10]
      %6 = input dropout:encoder.block.0.layer.1@0.1 : f32[B,S,8]
      %7 = input grad:encoder.hidden.1 : f32[B,S,8]
      %8 = input residual:0 : f32[B,2,S,4]
      %9 = input residual:1 : f32[B,2,S,4]
      %10 = input residual:2 : f32[B,S,2]
      %11 = input residual:3 : f32[B,2,S,4]
      %12 = input residual:4 : f32[B,S,8]
      %13 = input residual:5 : f32[B,S,10]
      %14 = fill 8 : f32[]
      %15 = fill 0.5 : f32[]
      %16 = mul(%12, %12) : f32[B,S,8]
      %17 = reduceMean(%16) {axes: [2]} : f32[B,S,1]
      %18 = fill 0.000001 : f32[]
      %19 = add(%17, %18) : f32[B,S,1]
      %20 = sqrt(%19) : f32[B,S,1]
      %21 = reciprocal(%20) : f32[B,S,1]
      %22 = mul(%21, %21) : f32[B,S,1]
      %23 = greaterZero(%13) : f32[B,S,10]
      %24 = mul(%7, %6) : f32[B,S,8]
      %25 = weight encoder.block.0.layer.1.DenseReluDense.wo.weight : f32[8,10]
      %26 = matmul(%24, %25) : f32[B,S,10]
      %27 = mul(%26, %5) : f32[B,S,10]
      %28 = mul(%27, %23) : f32[B,S,10]
      %29 = weight encoder.block.0.layer.1.DenseReluDense.wi.weight : f32[10,8]
      %30 = matmul(%28, %29) : f32[B,S,8]
      %31 = weight encoder.block.0.layer.1.layer_norm.weight : f32[8]
      %32 = mul(%30, %31) : f32[B,S,8]
      %33 = mul(%32, %12) : f32[B,S,8]
      %34 = reduceSum(%33) {axes: [2]} : f32[B,S,1]
      %35 = mul(%34, %22) : f32[B,S,1]
      %36 = neg(%35) : f32[B,S,1]
      %37 = mul(%36, %15) : f32[B,S,1]
      %38 = div(%37, %20) : f32[B,S,1]
      %39 = div(%38, %14) : f32[B,S,1]
      %40 = fill 2 : f32[]
      %41 = mul(%39, %40) : f32[B,S,1]
      %42 = mul(%41, %12) : f32[B,S,8]
      %43 = mul(%32, %21) : f32[B,S,8]
      %44 = add(%7, %43) : f32[B,S,8]
      %45 = add(%44, %42) : f32[B,S,8]
      %46 = mul(%45, %4) : f32[B,S,8]
      %47 = weight encoder.block.0.layer.0.SelfAttention.o.weight : f32[8,8]
      %48 = matmul(%46, %47) : f32[B,S,8]
      %49 = reshape(%48) : f32[B,S,2,4]
      %50 = transpose(%49) {perm: [0,2,1,3]} : f32[B,2,S,4]
      %51 = matmul(%50, %9) {transB} : f32[B,2,S,S]
      %52 = mul(%51, %3) : f32[B,2,S,S]
      %53 = matmul(%11, %8) {transB} : f32[B,2,S,S]
      %54 = add(%53, %1) : f32[B,2,S,S]
      %55 = softmax(%54) : f32[B,2,S,S]
      %56 = mul(%52, %55) : f32[B,2,S,S]
      %57 = reduceSum(%56) {axes: [3]} : f32[B,2,S,1]
      %58 = sub(%52, %57) : f32[B,2,S,S]
      %59 = mul(%55, %58) : f32[B,2,S,S]
      %60 = matmul(%59, %8) : f32[B,2,S,4]
      %61 = transpose(%60) {perm: [0,2,1,3]} : f32[B,S,2,4]
      %62 = reshape(%61) : f32[B*S,8]
      %63 = reshape(%10) : f32[B*S,2]
      %64 = matmul(%62, %63) {transA} : f32[8,2]
      %65 = reshape(%61) : f32[B,S,8]
      %66 = weight base_model.model.encoder.block.0.layer.0.SelfAttention.q.lora_B.weight : f32[8,2]
      %67 = matmul(%65, %66) : f32[B,S,2]
      %68 = mul(%67, %40) : f32[B,S,2]
      %69 = reshape(%68) : f32[B*S,2]
      %70 = weight encoder.block.0.layer.0.layer_norm.weight : f32[8]
      %71 = mul(%0, %0) : f32[B,S,8]
      %72 = reduceMean(%71) {axes: [2]} : f32[B,S,1]
      %73 = add(%72, %18) : f32[B,S,1]
      %74 = sqrt(%73) : f32[B,S,1]
      %75 = reciprocal(%74) : f32[B,S,1]
      %76 = mul(%0, %75) : f32[B,S,8]
      %77 = mul(%76, %70) : f32[B,S,8]
      %78 = mul(%77, %2) : f32[B,S,8]
      %79 = reshape(%78) : f32[B*S,8]
      %80 = matmul(%69, %79) {transA} : f32[2,8]
      return grad:base_model.model.encoder.block.0.layer.0.SelfAttention.q.lora_A.weight = %80
      return grad:base_model.model.encoder.block.0.layer.0.SelfAttention.q.lora_B.weight = %64"
  `);
});

test('names of gradients and residuals', () => {
  expect(gradientOf('encoder.output')).toBe('grad:encoder.output');
  expect(residualOf('encoder.block.0', 'residual:1')).toBe('encoder.block.0/residual:1');
  const product = graphsOf('full').head.nodes.find(({ op }) => op === 'matmul');
  expect(() => product && inputName(product)).toThrow('internal: matmul is neither');
});

function graphsOf(method: TinyMethod, within = '', parts = false) {
  return trainingGraphs(model, { ...methodOf(method, within), dropout: 0.1, parts });
}

function withoutBackward(method: TinyMethod, within?: string): string[] {
  const { segments } = graphsOf(method, within);
  return segments.filter(({ backward }) => backward === null).map(({ name }) => name);
}

/** `within`: LoRA only where a module's name begins so. */
function methodOf(method: TinyMethod, within = '') {
  const all = tinyAdapter(model, method);
  const adapter =
    all?.kind === 'lora'
      ? { ...all, modules: all.modules.filter((module) => module.startsWith(within)) }
      : all;
  return { adapter, trainable: isTrained(adapter) };
}

function batchFeeds() {
  return model.batch([{ source: [1], target: [1] }], { virtualTokens: 0 }).feeds;
}

/** Inputs that are neither made before nor dropout masks. */
function missing(graph: Graph, made: ReadonlySet<string>): string[] {
  const names = graph.inputs.map(inputName);
  return names.filter((name) => !made.has(name) && !name.startsWith('dropout:'));
}

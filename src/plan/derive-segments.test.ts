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
      %14 = mul(%0, %0) : f32[B,S,8]
      %15 = reduceMean(%14) {axes: [2]} : f32[B,S,1]
      %16 = fill 0.000001 : f32[]
      %17 = add(%15, %16) : f32[B,S,1]
      %18 = sqrt(%17) : f32[B,S,1]
      %19 = reciprocal(%18) : f32[B,S,1]
      %20 = mul(%0, %19) : f32[B,S,8]
      %21 = weight encoder.block.0.layer.0.layer_norm.weight : f32[8]
      %22 = mul(%20, %21) : f32[B,S,8]
      %23 = weight base_model.model.encoder.block.0.layer.0.SelfAttention.q.lora_B.weight : f32[8,2]
      %24 = mul(%22, %2) : f32[B,S,8]
      %25 = fill 2 : f32[]
      %26 = matmul(%11, %8) {transB} : f32[B,2,S,S]
      %27 = add(%26, %1) : f32[B,2,S,S]
      %28 = softmax(%27) : f32[B,2,S,S]
      %29 = weight encoder.block.0.layer.0.SelfAttention.o.weight : f32[8,8]
      %30 = mul(%12, %12) : f32[B,S,8]
      %31 = reduceMean(%30) {axes: [2]} : f32[B,S,1]
      %32 = add(%31, %16) : f32[B,S,1]
      %33 = sqrt(%32) : f32[B,S,1]
      %34 = reciprocal(%33) : f32[B,S,1]
      %35 = weight encoder.block.0.layer.1.layer_norm.weight : f32[8]
      %36 = weight encoder.block.0.layer.1.DenseReluDense.wi.weight : f32[10,8]
      %37 = weight encoder.block.0.layer.1.DenseReluDense.wo.weight : f32[8,10]
      %38 = mul(%7, %6) : f32[B,S,8]
      %39 = matmul(%38, %37) : f32[B,S,10]
      %40 = mul(%39, %5) : f32[B,S,10]
      %41 = greaterZero(%13) : f32[B,S,10]
      %42 = mul(%40, %41) : f32[B,S,10]
      %43 = matmul(%42, %36) : f32[B,S,8]
      %44 = mul(%43, %35) : f32[B,S,8]
      %45 = mul(%44, %34) : f32[B,S,8]
      %46 = mul(%44, %12) : f32[B,S,8]
      %47 = reduceSum(%46) {axes: [2]} : f32[B,S,1]
      %48 = add(%7, %45) : f32[B,S,8]
      %49 = mul(%34, %34) : f32[B,S,1]
      %50 = mul(%47, %49) : f32[B,S,1]
      %51 = neg(%50) : f32[B,S,1]
      %52 = fill 0.5 : f32[]
      %53 = mul(%51, %52) : f32[B,S,1]
      %54 = div(%53, %33) : f32[B,S,1]
      %55 = fill 8 : f32[]
      %56 = div(%54, %55) : f32[B,S,1]
      %57 = mul(%56, %25) : f32[B,S,1]
      %58 = mul(%57, %12) : f32[B,S,8]
      %59 = add(%48, %58) : f32[B,S,8]
      %60 = mul(%59, %4) : f32[B,S,8]
      %61 = matmul(%60, %29) : f32[B,S,8]
      %62 = reshape(%61) : f32[B,S,2,4]
      %63 = transpose(%62) {perm: [0,2,1,3]} : f32[B,2,S,4]
      %64 = matmul(%63, %9) {transB} : f32[B,2,S,S]
      %65 = mul(%64, %3) : f32[B,2,S,S]
      %66 = mul(%65, %28) : f32[B,2,S,S]
      %67 = reduceSum(%66) {axes: [3]} : f32[B,2,S,1]
      %68 = sub(%65, %67) : f32[B,2,S,S]
      %69 = mul(%28, %68) : f32[B,2,S,S]
      %70 = matmul(%69, %8) : f32[B,2,S,4]
      %71 = transpose(%70) {perm: [0,2,1,3]} : f32[B,S,2,4]
      %72 = reshape(%71) : f32[B,S,8]
      %73 = reshape(%10) : f32[B*S,2]
      %74 = reshape(%71) : f32[B*S,8]
      %75 = matmul(%74, %73) {transA} : f32[8,2]
      %76 = matmul(%72, %23) : f32[B,S,2]
      %77 = mul(%76, %25) : f32[B,S,2]
      %78 = reshape(%24) : f32[B*S,8]
      %79 = reshape(%77) : f32[B*S,2]
      %80 = matmul(%79, %78) {transA} : f32[2,8]
      return grad:base_model.model.encoder.block.0.layer.0.SelfAttention.q.lora_A.weight = %80
      return grad:base_model.model.encoder.block.0.layer.0.SelfAttention.q.lora_B.weight = %75"
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

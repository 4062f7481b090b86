/** @file The graphs of a training step: what each of them computes, keeps and asks for. */
import { describe, expect, test } from 'vitest';
import { type Graph, print, verify } from '#grad';
import {
  gradientOf,
  type GraphKnobs,
  inputName,
  residualOf,
  trainingGraphs,
} from './derive-segments.ts';
import {
  isTrained,
  TINY_METHODS,
  tinyAdapter,
  tinyModel,
  type TinyMethod,
} from '../train/tiny-base.test-support.ts';

const model = tinyModel();
const WHOLE: GraphKnobs = { attention: 'recomputed', headsAtOnce: null, rowsAtOnce: null };
const PLANS: readonly GraphKnobs[] = [
  WHOLE,
  { ...WHOLE, attention: 'kept' },
  { ...WHOLE, headsAtOnce: 1 },
  { ...WHOLE, headsAtOnce: 1, attention: 'kept' },
];

describe.each(TINY_METHODS)('%s', (method) => {
  test.each(PLANS)('%j: every graph is sound and gets what it asks for', (plan) => {
    const { segments, head } = graphsOf(method, '', plan);
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
  });

  test.each(PLANS)('%j: the gradient of every parameter comes out, and of nothing else', (plan) => {
    const { segments, head } = graphsOf(method, '', plan);
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
  });
});

describe.each(TINY_METHODS)('%s', (method) => {
  test.each(PLANS)('%j: no graph has a name of another block', (plan) => {
    for (const { name, group, forward, backward } of graphsOf(method, '', plan).segments) {
      const [, stack, number] = /^(\w+)\.block\.(\d+)/.exec(group) ?? [];
      const text = [forward, ...(backward ? [backward] : [])].map(print).join('\n');
      const blocks = [...text.matchAll(/(\w+\.block\.\d+)\b/g)].map(([block]) => block);
      expect(new Set(blocks), name).toEqual(new Set(stack ? [`${stack}.block.${number}`] : blocks));
    }
  });
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
  const { segments } = graphsOf('lora', '', { ...WHOLE, headsAtOnce: 1 });
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

test('where attention is kept, the backward graph neither makes scores again nor draws their mask', () => {
  const [recomputed, kept] = [WHOLE, { ...WHOLE, attention: 'kept' } as const].map((plan) => {
    const { segments } = graphsOf('lora', '', plan);
    const block = segments.find(({ name }) => name === 'decoder.block.1');
    const squares = block!.forward.nodes.filter(({ shape }) => shape.join() === 'B,2,T,S');
    const residuals = Object.entries(block!.forward.outputs).map(([, { shape }]) => shape.join());
    return {
      squares: squares.length,
      kept: residuals.filter((shape) => shape === 'B,2,T,S' || shape === 'B,2,T,T').length,
      softmaxes: block!.backward!.nodes.filter(({ op }) => op === 'softmax').length,
      masks: block!.backward!.inputs.map(inputName).filter((name) => name.includes('.weights@')),
    };
  });
  expect(recomputed).toEqual({ squares: 5, kept: 0, softmaxes: 2, masks: expect.anything() });
  expect(recomputed!.masks).toHaveLength(2);
  expect(kept).toEqual({ squares: 5, kept: 4, softmaxes: 0, masks: [] });
});

test('of an encoder block with LoRA, narrow values are kept and the scores made again', () => {
  const small = tinyModel({ d_model: 8, d_ff: 10, num_layers: 1, feed_forward_proj: 'relu' });
  const modules = ['encoder.block.0.layer.0.SelfAttention.q'];
  const { segments } = trainingGraphs(small, {
    adapter: { kind: 'lora', r: 2, alpha: 4, dropout: 0.1, modules },
    dropout: 0.1,
    trainable: (name) => name.includes('lora'),
    plan: WHOLE,
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
      %14 = greaterZero(%13) : f32[B,S,10]
      %15 = mul(%7, %6) : f32[B,S,8]
      %16 = weight encoder.block.0.layer.1.DenseReluDense.wo.weight : f32[8,10]
      %17 = matmul(%15, %16) : f32[B,S,10]
      %18 = mul(%17, %5) : f32[B,S,10]
      %19 = mul(%18, %14) : f32[B,S,10]
      %20 = weight encoder.block.0.layer.1.DenseReluDense.wi.weight : f32[10,8]
      %21 = matmul(%19, %20) : f32[B,S,8]
      %22 = weight encoder.block.0.layer.1.layer_norm.weight : f32[8]
      %23 = mul(%21, %22) : f32[B,S,8]
      %24 = mul(%23, %12) : f32[B,S,8]
      %25 = reduceMean(%24) {axes: [2]} : f32[B,S,1]
      %26 = fill 0.000001 : f32[]
      %27 = mul(%12, %12) : f32[B,S,8]
      %28 = reduceMean(%27) {axes: [2]} : f32[B,S,1]
      %29 = add(%28, %26) : f32[B,S,1]
      %30 = div(%25, %29) : f32[B,S,1]
      %31 = mul(%12, %30) : f32[B,S,8]
      %32 = sub(%23, %31) : f32[B,S,8]
      %33 = sqrt(%29) : f32[B,S,1]
      %34 = reciprocal(%33) : f32[B,S,1]
      %35 = mul(%32, %34) : f32[B,S,8]
      %36 = add(%7, %35) : f32[B,S,8]
      %37 = mul(%36, %4) : f32[B,S,8]
      %38 = weight encoder.block.0.layer.0.SelfAttention.o.weight : f32[8,8]
      %39 = matmul(%37, %38) : f32[B,S,8]
      %40 = reshape(%39) : f32[B,S,2,4]
      %41 = transpose(%40) {perm: [0,2,1,3]} : f32[B,2,S,4]
      %42 = matmul(%41, %9) {transB} : f32[B,2,S,S]
      %43 = mul(%42, %3) : f32[B,2,S,S]
      %44 = matmul(%11, %8) {transB} : f32[B,2,S,S]
      %45 = add(%44, %1) : f32[B,2,S,S]
      %46 = softmax(%45) : f32[B,2,S,S]
      %47 = mul(%43, %46) : f32[B,2,S,S]
      %48 = reduceSum(%47) {axes: [3]} : f32[B,2,S,1]
      %49 = sub(%43, %48) : f32[B,2,S,S]
      %50 = mul(%46, %49) : f32[B,2,S,S]
      %51 = matmul(%50, %8) : f32[B,2,S,4]
      %52 = transpose(%51) {perm: [0,2,1,3]} : f32[B,S,2,4]
      %53 = reshape(%52) : f32[B*S,8]
      %54 = reshape(%10) : f32[B*S,2]
      %55 = matmul(%53, %54) {transA} : f32[8,2]
      %56 = reshape(%52) : f32[B,S,8]
      %57 = weight base_model.model.encoder.block.0.layer.0.SelfAttention.q.lora_B.weight : f32[8,2]
      %58 = matmul(%56, %57) : f32[B,S,2]
      %59 = fill 2 : f32[]
      %60 = mul(%58, %59) : f32[B,S,2]
      %61 = reshape(%60) : f32[B*S,2]
      %62 = weight encoder.block.0.layer.0.layer_norm.weight : f32[8]
      %63 = rmsNorm(%0, %62) {epsilon: 0.000001} : f32[B,S,8]
      %64 = mul(%63, %2) : f32[B,S,8]
      %65 = reshape(%64) : f32[B*S,8]
      %66 = matmul(%61, %65) {transA} : f32[2,8]
      return grad:base_model.model.encoder.block.0.layer.0.SelfAttention.q.lora_A.weight = %66
      return grad:base_model.model.encoder.block.0.layer.0.SelfAttention.q.lora_B.weight = %55"
  `);
});

test('names of gradients and residuals', () => {
  expect(gradientOf('encoder.output')).toBe('grad:encoder.output');
  expect(residualOf('encoder.block.0', 'residual:1')).toBe('encoder.block.0/residual:1');
  const product = graphsOf('full').head.nodes.find(({ op }) => op === 'matmul');
  expect(() => product && inputName(product)).toThrow('internal: matmul is neither');
});

function graphsOf(method: TinyMethod, within = '', plan = WHOLE) {
  return trainingGraphs(model, { ...methodOf(method, within), dropout: 0.1, plan });
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

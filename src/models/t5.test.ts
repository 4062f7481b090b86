/** @file T5's graphs against each other in float64: what must agree by mathematics, agrees. */
import { describe, expect, test } from 'vitest';
import { type Tensor, verify } from '#grad';
import { linearModules } from './adapter-files.ts';
import { initAdapter } from './adapter-parameters.ts';
import { type AdapterSpec, type LoraSpec, loraTensors, PROMPT_TENSOR } from './adapter-spec.ts';
import type { Model } from './model.ts';
import { difference, fed, run64, tinyModel, tinyWeights } from './tiny-t5.test-support.ts';

type Tensors = Record<string, Tensor>;

const TOLERANCE = 1e-5; // float32 between the graphs, float64 within
const EXAMPLES = [
  { source: [5, 6, 7, 8, 1], target: [9, 10, 11, 12, 1] },
  { source: [13, 14, 1], target: [15, 16, 17, 18, 1] },
];
const TIED = tinyModel();
const UNTIED = tinyModel({ tie_word_embeddings: false, feed_forward_proj: 'relu' });
const PROMPT: AdapterSpec = { kind: 'soft-prompt', virtualTokens: 3, rows: 6 };
const CASES: [string, Model, AdapterSpec | null][] = [
  ['the head tied, gated gelu', TIED, null],
  ['a head of its own, relu', UNTIED, null],
  ['LoRA on every linear layer', UNTIED, loraOf(UNTIED)],
  ['a soft prompt', TIED, PROMPT],
];

describe.each(CASES)('%s', (_, model, adapter) => {
  const weights = weightsOf(model, adapter);
  const virtualTokens = adapter === PROMPT ? PROMPT.virtualTokens : 0;
  const batch = model.batch(EXAMPLES, { virtualTokens });
  const forced = forward(model, adapter, weights, batch.feeds);

  test('the graphs are sound', () => {
    const options = { adapter, dropout: 0.1 };
    const chain = [...model.segments(options), model.head(options)];
    const answering = ['encoder', 'decoder', 'logits', 'crossCache', 'step'] as const;
    const graphs = [
      ...chain.map(({ g, outputs }) => g.finish(outputs)),
      ...answering.map((kind) => model.inference[kind](adapter)),
    ];
    for (const graph of graphs) expect(() => verify(graph), graph.name).not.toThrow();
  });

  test('a step with the key-value cache gives the logits of teacher forcing', () => {
    const { inference } = model;
    const cross = fed(run64(inference.crossCache(adapter), forced, weights));
    let cache = inference.emptyCache(EXAMPLES.length);
    for (let position = 0; position < batch.targetLength; position++) {
      const tokens = columnOf(batch.feeds['target.ids']!, position);
      const { logits, ...present } = run64(
        inference.step(adapter),
        { ...batch.feeds, ...cross, ...cache, ...inference.stepFeeds(tokens, position) },
        weights,
      );
      const expected = EXAMPLES.flatMap((_example, row) =>
        logitsAt(forced['logits']!, row * batch.targetLength + position, model.vocabSize),
      );
      expect(difference(logits!.data, expected)).toBeLessThan(TOLERANCE);
      cache = renamed(fed(present));
    }
  });

  test('the segments of training, one after the other, are the encoder and the decoder', () => {
    let values: Tensors = { ...batch.feeds };
    for (const segment of model.segments({ adapter: withoutDropout(adapter), dropout: 0 })) {
      const outputs = run64(segment.g.finish(segment.outputs), values, weights);
      values = { ...values, ...fed(outputs) };
    }
    for (const name of ['encoder.output', 'decoder.output']) {
      expect(difference(values[name]!.data, forced[name]!.data), name).toBeLessThan(TOLERANCE);
    }
  });

  test('padding changes nothing: each example alone has the numbers that it has in the batch', () => {
    EXAMPLES.forEach((example, row) => {
      const alone = model.batch([example], { virtualTokens });
      const { logits } = forward(model, adapter, weights, alone.feeds);
      const { targetLength } = batch;
      const rows = Array.from({ length: targetLength }, (_row, t) => row * targetLength + t);
      const expected = rows.flatMap((at) => logitsAt(forced['logits']!, at, model.vocabSize));
      expect(difference(logits!.data, expected)).toBeLessThan(TOLERANCE);
    });
  });
});

test('LoRA is the base with alpha / r times B A added to the weights', () => {
  const adapter = loraOf(UNTIED);
  const weights = weightsOf(UNTIED, adapter);
  const merged = { ...weights };
  for (const module of adapter.modules) {
    merged[`${module}.weight`] = mergedWeight(weights, module, adapter);
  }
  const { feeds } = UNTIED.batch(EXAMPLES, { virtualTokens: 0 });
  const adapted = forward(UNTIED, adapter, weights, feeds)['logits']!.data;
  const base = forward(UNTIED, null, weights, feeds)['logits']!.data;
  expect(difference(adapted, forward(UNTIED, null, merged, feeds)['logits']!.data)).toBeLessThan(
    TOLERANCE,
  );
  expect(difference(adapted, base)).toBeGreaterThan(0.01);
});

test('a soft prompt is the embeddings of so many tokens before the source', () => {
  const { feeds } = TIED.batch(EXAMPLES, { virtualTokens: 3 });
  const weights = weightsOf(TIED, PROMPT);
  const ids = [4, 19, 20];
  const { data: table } = weights['shared.weight']!;
  const rows = weights[PROMPT_TENSOR]!.data;
  ids.forEach((id, row) => rows.set(table.subarray(id * 6, (id + 1) * 6), row * 6));
  const longer = EXAMPLES.map(({ source, target }) => ({ source: [...ids, ...source], target }));
  const written = TIED.batch(longer, { virtualTokens: 0 });
  const prompted = forward(TIED, PROMPT, weights, feeds)['logits']!.data;
  const spelled = forward(TIED, null, weights, written.feeds)['logits']!.data;
  expect(difference(prompted, spelled)).toBeLessThan(TOLERANCE);
});

/** encoder.output, decoder.output and logits under teacher forcing. */
function forward(
  model: Model,
  adapter: AdapterSpec | null,
  weights: Tensors,
  feeds: Readonly<Tensors>,
): Tensors {
  const { inference } = model;
  const encoded = { ...feeds, ...fed(run64(inference.encoder(adapter), feeds, weights)) };
  const decoded = { ...encoded, ...fed(run64(inference.decoder(adapter), encoded, weights)) };
  const hidden = decoded['decoder.output']!;
  const rows = hidden.data.length / model.width;
  const flat = { 'head.hidden': { ...hidden, shape: [rows, model.width] } };
  return { ...decoded, ...fed(run64(inference.logits(adapter), flat, weights)) };
}

/** The model's weights and the adapter's, B too drawn at random. */
function weightsOf(model: Model, adapter: AdapterSpec | null): Tensors {
  const weights = tinyWeights(model);
  if (!adapter) return weights;
  for (const [name, { shape, data }] of initAdapter(model, adapter, 2)) {
    if (name.endsWith('lora_B.weight')) data.forEach((_, i) => (data[i] = Math.sin(i + 1) / 3));
    weights[name] = { dtype: 'f32', shape, data };
  }
  return weights;
}

function loraOf(model: Model): LoraSpec {
  return { kind: 'lora', r: 2, alpha: 3, dropout: 0.5, modules: linearModules(model) };
}

function withoutDropout(adapter: AdapterSpec | null): AdapterSpec | null {
  return adapter?.kind === 'lora' ? { ...adapter, dropout: 0 } : adapter;
}

/** W + alpha / r B A */
function mergedWeight(weights: Tensors, module: string, { r, alpha }: LoraSpec): Tensor {
  const names = loraTensors(module);
  const [a, b, w] = [names.a, names.b, `${module}.weight`].map((name) => weights[name]!);
  const into = w!.shape[1]!;
  const data = Float32Array.from(w!.data, (x, at) => {
    const [row, column] = [Math.floor(at / into), at % into];
    let sum = 0;
    for (let i = 0; i < r; i++) sum += b!.data[row * r + i]! * a!.data[i * into + column]!;
    return x + (alpha / r) * sum;
  });
  return { dtype: 'f32', shape: w!.shape, data };
}

function columnOf({ data, shape }: Tensor, at: number): Int32Array {
  const [rows = 0, width = 0] = shape;
  return Int32Array.from({ length: rows }, (_, row) => data[row * width + at] ?? 0);
}

function logitsAt({ data }: Tensor, row: number, width: number): number[] {
  return [...data.subarray(row * width, (row + 1) * width)];
}

function renamed(present: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(present).map(([name, tensor]) => [name.replace('present', 'past'), tensor]),
  );
}

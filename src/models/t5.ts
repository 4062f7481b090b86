/**
 * @file T5 (Raffel et al. 2020) and T5 v1.1 as graphs; names and numbers follow transformers'
 * T5ForConditionalGeneration. Attention is not scaled by sqrt(D): T5 folds that into its
 * initialisation. I: source tokens, S: source positions (I plus a soft prompt), T: target positions.
 */
import { type Dim, GraphBuilder, type Graph, type Value } from '#grad';
import { type AdapterSpec, PROMPT_TENSOR } from './adapter-spec.ts';
import {
  activate,
  dropout,
  joinHeads,
  type LayerContext,
  linear,
  rmsNorm,
  splitHeads,
  weightedCrossEntropy,
} from './layers.ts';
import { type BuildOptions, type InputOf, type Segment, segment } from './segment.ts';
import type { T5Config } from './t5-config.ts';

/** The chain for training, up to the decoder's output; the head follows, chunk by chunk. */
export function t5Segments(config: T5Config, options: BuildOptions): readonly Segment[] {
  const block = options.parts ? blockInParts : wholeBlock;
  const last = (stack: Stack, output: string) =>
    segment(`${stack}.norm`, options, (context, input) => ({
      [output]: finalNorm(
        context,
        config,
        stack,
        hiddenOf(config, input, stack, layersOf(config, stack)),
      ),
    }));
  return [
    segment('encoder.embed', options, (context, input) => ({
      'encoder.hidden.0': embedSource(context, config, input),
      'encoder.bias': encoderBias(context, config, input),
    })),
    ...range(config.encoderLayers).flatMap((i) => block(config, options, 'encoder', i)),
    last('encoder', 'encoder.output'),
    segment('decoder.embed', options, (context, input) => ({
      'decoder.hidden.0': embedTarget(context, config, input('target.ids', 'i32', ['B', 'T'])),
      'decoder.bias': decoderBias(context, config, input),
    })),
    ...range(config.decoderLayers).flatMap((i) => block(config, options, 'decoder', i)),
    last('decoder', 'decoder.output'),
  ];
}

type Stack = 'encoder' | 'decoder';

const layersOf = (config: T5Config, stack: Stack): number =>
  stack === 'encoder' ? config.encoderLayers : config.decoderLayers;

/** (B,S,C) or (B,T,C) before block `i` */
function hiddenOf(config: T5Config, input: InputOf, stack: Stack, i: number): Value {
  return input(`${stack}.hidden.${i}`, 'f32', ['B', lengthOf(stack), config.dModel]);
}

const lengthOf = (stack: Stack): 'S' | 'T' => (stack === 'encoder' ? 'S' : 'T');

function wholeBlock(config: T5Config, options: BuildOptions, stack: Stack, i: number): Segment[] {
  const name = `${stack}.block.${i}`;
  return [
    segment(name, options, (context, input) => {
      const hidden = hiddenOf(config, input, stack, i);
      const bias = biasOf(input, stack, config.heads);
      const block =
        stack === 'encoder'
          ? encoderBlock(context, config, i, hidden, bias)
          : decoderBlock(context, config, i, hidden, bias, encodedOf(config, input), maskOf(input));
      return { [`${stack}.hidden.${i + 1}`]: block };
    }),
  ];
}

/** (B,H,S,S) or (1,H,T,T) what is added to a stack's scores */
function biasOf(input: InputOf, stack: Stack, heads: Dim): Value {
  const length = lengthOf(stack);
  return input(`${stack}.bias`, 'f32', [stack === 'encoder' ? 'B' : 1, heads, length, length]);
}

const encodedOf = (config: T5Config, input: InputOf): Value =>
  input('encoder.output', 'f32', ['B', 'S', config.dModel]);

const maskOf = (input: InputOf): Value => input('source.mask', 'f32', ['B', 1, 1, 'S']);

/**
 * The same block as a chain: projections, attention by heads ('H' may be cut), output; the decoder's
 * second attention likewise; feed-forward by rows ('R', which are the positions, may be cut).
 */
function blockInParts(config: T5Config, options: BuildOptions, stack: Stack, i: number): Segment[] {
  const block = `${stack}.block.${i}`;
  const crossed = `${block}.crossed`;
  const attended = `${block}.attended`;
  const within = { group: block };
  const layer = attentionInParts(config, options, block, {
    name: selfAttention(stack, i),
    layer: `${block}.layer.0`,
    from: `${stack}.hidden.${i}`,
    to: attended,
    length: lengthOf(stack),
    keyLength: lengthOf(stack),
    bias: (input) => biasOf(input, stack, 'H'),
  });
  const cross =
    stack === 'encoder'
      ? []
      : attentionInParts(config, options, block, {
          name: crossAttention(i),
          layer: `${block}.layer.1`,
          from: attended,
          to: crossed,
          length: 'T',
          keyLength: 'S',
          bias: maskOf,
          keysFrom: (input) => encodedOf(config, input),
        });
  const last = stack === 'encoder' ? 1 : 2;
  const feed = segment(
    `${block}.feed-forward`,
    options,
    (context, input) => ({
      [`${stack}.hidden.${i + 1}`]: feedForward(
        context,
        config,
        `${block}.layer.${last}`,
        input(stack === 'encoder' ? attended : crossed, 'f32', ['B', 'R', config.dModel]),
      ),
    }),
    { ...within, sliceable: 'R' },
  );
  return [...layer, ...cross, feed];
}

/** One attention layer with its residual connection, as a chain of three segments. */
function attentionInParts(
  config: T5Config,
  options: BuildOptions,
  group: string,
  part: {
    readonly name: string;
    readonly layer: string;
    readonly from: string;
    readonly to: string;
    readonly length: Dim;
    readonly keyLength: Dim;
    readonly bias: (input: InputOf) => Value;
    /** absent: keys and values are the queries' own positions */
    readonly keysFrom?: (input: InputOf) => Value;
  },
): Segment[] {
  const { name, layer, length, keyLength } = part;
  const ports = { query: `${name}.query`, key: `${name}.key`, value: `${name}.value` };
  const mixed = `${name}.mixed`;
  const hidden = (input: InputOf) => input(part.from, 'f32', ['B', length, config.dModel]);
  const heads = (input: InputOf, port: string, positions: Dim) =>
    input(port, 'f32', ['B', 'H', positions, config.dKv]);
  return [
    segment(
      `${name}.projections`,
      options,
      (context, input) => {
        const x = norm(context, config, layer, hidden(input));
        const [key, value] = keysAndValues(context, config, name, part.keysFrom?.(input) ?? x);
        return {
          [ports.query]: queries(context, config, name, x),
          [ports.key]: key,
          [ports.value]: value,
        };
      },
      { group },
    ),
    segment(
      `${name}.products`,
      options,
      (context, input) => ({
        [mixed]: mixValues(
          context,
          name,
          heads(input, ports.query, length),
          heads(input, ports.key, keyLength),
          heads(input, ports.value, keyLength),
          part.bias(input),
        ),
      }),
      { group, sliceable: 'H' },
    ),
    segment(
      `${name}.output`,
      options,
      (context, input) => {
        const joined = joinHeads(
          context.g,
          input(mixed, 'f32', ['B', config.heads, length, config.dKv]),
        );
        const projected = linear(context, joined, `${name}.o`, config.dModel);
        return { [part.to]: context.g.add(hidden(input), dropout(context, projected, layer)) };
      },
      { group },
    ),
  ];
}

/**
 * Loss over N chosen target positions: hidden (N,C), labels (N), weights (N,1) -> loss (1,1), the
 * weighted sum. Its size is bounded by the chunk, never by the batch.
 */
export function t5Head(config: T5Config, options: BuildOptions): Segment {
  return segment('head', options, (context, input) => ({
    loss: weightedCrossEntropy(
      context.g,
      headLogits(context, config, input('head.hidden', 'f32', ['N', config.dModel])),
      input('head.labels', 'i32', ['N']),
      input('head.weights', 'f32', ['N', 1]),
    ),
  }));
}

/** source.* -> encoder.output, in one graph and without dropout. */
export function t5Encoder(config: T5Config, adapter: AdapterSpec | null): Graph {
  const [context, input] = inferenceContext('encoder', adapter);
  const bias = encoderBias(context, config, input);
  let hidden = embedSource(context, config, input);
  for (const i of range(config.encoderLayers)) {
    hidden = encoderBlock(context, config, i, hidden, bias);
  }
  return context.g.finish({ 'encoder.output': finalNorm(context, config, 'encoder', hidden) });
}

/** Teacher forcing: target.*, encoder.output, source.mask -> decoder.output, without dropout. */
export function t5Decoder(config: T5Config, adapter: AdapterSpec | null): Graph {
  const [context, input] = inferenceContext('decoder', adapter);
  const encoded = input('encoder.output', 'f32', ['B', 'S', config.dModel]);
  const mask = input('source.mask', 'f32', ['B', 1, 1, 'S']);
  const bias = decoderBias(context, config, input);
  let hidden = embedTarget(context, config, input('target.ids', 'i32', ['B', 'T']));
  for (const i of range(config.decoderLayers)) {
    hidden = decoderBlock(context, config, i, hidden, bias, encoded, mask);
  }
  return context.g.finish({ 'decoder.output': finalNorm(context, config, 'decoder', hidden) });
}

/** head.hidden (N,C) -> logits (N,V) */
export function t5Logits(config: T5Config, adapter: AdapterSpec | null): Graph {
  const [context, input] = inferenceContext('logits', adapter);
  const hidden = input('head.hidden', 'f32', ['N', config.dModel]);
  return context.g.finish({ logits: headLogits(context, config, hidden) });
}

/** encoder.output -> the keys and values that every step of a generation attends to. */
export function t5CrossCache(config: T5Config, adapter: AdapterSpec | null): Graph {
  const [context, input] = inferenceContext('cross-cache', adapter);
  const encoded = input('encoder.output', 'f32', ['B', 'S', config.dModel]);
  const outputs: Record<string, Value> = {};
  for (const i of range(config.decoderLayers)) {
    const [key, value] = keysAndValues(context, config, crossAttention(i), encoded);
    outputs[`cross.key.${i}`] = key;
    outputs[`cross.value.${i}`] = value;
  }
  return context.g.finish(outputs);
}

/**
 * One position of the decoder with a key-value cache: target.ids (B,1), past.* (B,H,P,D),
 * step.buckets (1,K) with K = P + 1 -> logits (B,V) and present.* (B,H,K,D).
 */
export function t5Step(config: T5Config, adapter: AdapterSpec | null): Graph {
  const [context, input] = inferenceContext('decoder.step', adapter);
  const { g } = context;
  const { heads, dKv } = config;
  const mask = input('source.mask', 'f32', ['B', 1, 1, 'S']);
  const bias = positionBias(context, config, 'decoder', input('step.buckets', 'i32', [1, 'K']));
  const outputs: Record<string, Value> = {};
  let hidden = embedTarget(context, config, input('target.ids', 'i32', ['B', 1]));
  for (const i of range(config.decoderLayers)) {
    const cached = (kind: 'key' | 'value', fresh: Value): Value => {
      const past = input(`past.${kind}.${i}`, 'f32', ['B', heads, 'P', dKv]);
      return (outputs[`present.${kind}.${i}`] = g.concat([past, fresh], 2, 'K'));
    };
    const cross = {
      key: input(`cross.key.${i}`, 'f32', ['B', heads, 'S', dKv]),
      value: input(`cross.value.${i}`, 'f32', ['B', heads, 'S', dKv]),
    };
    hidden = residual(context, config, `decoder.block.${i}.layer.0`, hidden, (x) => {
      const [key, value] = keysAndValues(context, config, selfAttention('decoder', i), x);
      const name = selfAttention('decoder', i);
      return attend(context, config, name, x, cached('key', key), cached('value', value), bias);
    });
    hidden = residual(context, config, `decoder.block.${i}.layer.1`, hidden, (x) =>
      attend(context, config, crossAttention(i), x, cross.key, cross.value, mask),
    );
    hidden = feedForward(context, config, `decoder.block.${i}.layer.2`, hidden);
  }
  const last = g.reshape(finalNorm(context, config, 'decoder', hidden), ['B', config.dModel]);
  return g.finish({ logits: headLogits(context, config, last), ...outputs });
}

function encoderBlock(
  context: LayerContext,
  config: T5Config,
  i: number,
  hidden: Value,
  bias: Value,
): Value {
  const block = `encoder.block.${i}`;
  const attended = residual(context, config, `${block}.layer.0`, hidden, (x) => {
    const name = selfAttention('encoder', i);
    const [key, value] = keysAndValues(context, config, name, x);
    return attend(context, config, name, x, key, value, bias);
  });
  return feedForward(context, config, `${block}.layer.1`, attended);
}

function decoderBlock(
  context: LayerContext,
  config: T5Config,
  i: number,
  hidden: Value,
  bias: Value,
  encoded: Value,
  mask: Value,
): Value {
  const block = `decoder.block.${i}`;
  const attended = residual(context, config, `${block}.layer.0`, hidden, (x) => {
    const name = selfAttention('decoder', i);
    const [key, value] = keysAndValues(context, config, name, x);
    return attend(context, config, name, x, key, value, bias);
  });
  const crossed = residual(context, config, `${block}.layer.1`, attended, (x) => {
    const [key, value] = keysAndValues(context, config, crossAttention(i), encoded);
    return attend(context, config, crossAttention(i), x, key, value, mask);
  });
  return feedForward(context, config, `${block}.layer.2`, crossed);
}

/** x + dropout(layer(norm(x))) */
function residual(
  context: LayerContext,
  config: T5Config,
  name: string,
  x: Value,
  layer: (normed: Value) => Value,
): Value {
  const normed = norm(context, config, name, x);
  return context.g.add(x, dropout(context, layer(normed), name));
}

function norm(context: LayerContext, config: T5Config, layer: string, x: Value): Value {
  return rmsNorm(context.g, x, `${layer}.layer_norm.weight`, config.epsilon);
}

/** The heads' weighted sums through the output projection; bias broadcasts to (B,H,S,T). */
function attend(
  context: LayerContext,
  config: T5Config,
  name: string,
  x: Value, // (B,S,C)
  key: Value, // (B,H,T,D)
  value: Value, // (B,H,T,D)
  bias: Value,
): Value {
  const query = queries(context, config, name, x);
  const mixed = joinHeads(context.g, mixValues(context, name, query, key, value, bias)); // (B,S,H*D)
  return linear(context, mixed, `${name}.o`, config.dModel);
}

/** (B,S,C) -> (B,H,S,D) */
function queries(context: LayerContext, config: T5Config, name: string, x: Value): Value {
  return splitHeads(context.g, linear(context, x, `${name}.q`, innerWidth(config)), config.heads);
}

/** softmax(query key^T + bias) value, head by head: (B,H,S,D) */
function mixValues(
  context: LayerContext,
  name: string,
  query: Value, // (B,H,S,D)
  key: Value, // (B,H,T,D)
  value: Value, // (B,H,T,D)
  bias: Value,
): Value {
  const { g } = context;
  const scores = g.add(g.matmul(query, key, { transB: true }), bias); // (B,H,S,T)
  const weights = dropout(context, g.softmax(scores), `${name}.weights`);
  return g.matmul(weights, value);
}

function keysAndValues(
  context: LayerContext,
  config: T5Config,
  name: string,
  x: Value,
): [key: Value, value: Value] {
  const project = (part: 'k' | 'v') =>
    splitHeads(context.g, linear(context, x, `${name}.${part}`, innerWidth(config)), config.heads);
  return [project('k'), project('v')];
}

function feedForward(context: LayerContext, config: T5Config, name: string, x: Value): Value {
  const { g } = context;
  const dense = `${name}.DenseReluDense`;
  return residual(context, config, name, x, (normed) => {
    const inner = config.gated
      ? g.mul(
          activate(g, linear(context, normed, `${dense}.wi_0`, config.dFf), config.activation),
          linear(context, normed, `${dense}.wi_1`, config.dFf),
        )
      : activate(g, linear(context, normed, `${dense}.wi`, config.dFf), config.activation);
    return linear(context, dropout(context, inner, dense), `${dense}.wo`, config.dModel);
  });
}

function finalNorm(
  context: LayerContext,
  config: T5Config,
  stack: 'encoder' | 'decoder',
  x: Value,
): Value {
  const name = `${stack}.final_layer_norm`;
  return dropout(context, rmsNorm(context.g, x, `${name}.weight`, config.epsilon), name);
}

function headLogits(context: LayerContext, config: T5Config, hidden: Value): Value {
  const { g } = context;
  if (!config.tiedHead) return linear(context, hidden, 'lm_head', config.vocabSize);
  const scaled = g.mul(hidden, g.fill(config.dModel ** -0.5, []));
  return g.matmul(scaled, embedding(g, config), { transB: true });
}

/** source.ids (B,I) -> (B,S,C), the soft prompt before them where there is one. */
function embedSource(context: LayerContext, config: T5Config, input: InputOf): Value {
  const { g, adapter } = context;
  if (adapter?.kind !== 'soft-prompt') {
    const embedded = g.gather(embedding(g, config), input('source.ids', 'i32', ['B', 'S']));
    return dropout(context, embedded, 'encoder.embed');
  }
  const embedded = g.gather(embedding(g, config), input('source.ids', 'i32', ['B', 'I']));
  const stored = g.weight(PROMPT_TENSOR, [adapter.rows, config.dModel]);
  const used = g.slice(stored, 0, 0, adapter.virtualTokens);
  const prompt = g.broadcastTo(g.reshape(used, [1, adapter.virtualTokens, config.dModel]), [
    'B',
    adapter.virtualTokens,
    config.dModel,
  ]);
  return dropout(context, g.concat([prompt, embedded], 1, 'S'), 'encoder.embed');
}

function embedTarget(context: LayerContext, config: T5Config, ids: Value): Value {
  return dropout(context, context.g.gather(embedding(context.g, config), ids), 'decoder.embed');
}

/** What every encoder block adds to its scores: relative positions and the padding's mask. */
function encoderBias(context: LayerContext, config: T5Config, input: InputOf): Value {
  const buckets = input('source.buckets', 'i32', ['S', 'S']);
  const mask = input('source.mask', 'f32', ['B', 1, 1, 'S']);
  return context.g.add(positionBias(context, config, 'encoder', buckets), mask); // (B,H,S,S)
}

/** Relative positions and the causal mask. Padding at a target's end is never looked at. */
function decoderBias(context: LayerContext, config: T5Config, input: InputOf): Value {
  const buckets = input('target.buckets', 'i32', ['T', 'T']);
  const mask = input('target.mask', 'f32', [1, 1, 'T', 'T']);
  return context.g.add(positionBias(context, config, 'decoder', buckets), mask); // (1,H,T,T)
}

/** (S,T) buckets -> (1,H,S,T) learned biases */
function positionBias(
  { g }: LayerContext,
  config: T5Config,
  stack: 'encoder' | 'decoder',
  buckets: Value,
): Value {
  const name = `${selfAttention(stack, 0)}.relative_attention_bias.weight`;
  const biases = g.gather(g.weight(name, [config.buckets, config.heads]), buckets); // (S,T,H)
  const [from, to] = buckets.shape;
  return g.reshape(g.transpose(biases, [2, 0, 1]), [1, config.heads, from!, to!]);
}

function embedding(g: GraphBuilder, config: T5Config): Value {
  return g.weight('shared.weight', [config.vocabSize, config.dModel]);
}

function inferenceContext(name: string, adapter: AdapterSpec | null): [LayerContext, InputOf] {
  const g = new GraphBuilder(name);
  return [
    { g, adapter, dropout: 0, training: false },
    (port, dtype, shape) => g.input(port, dtype, shape),
  ];
}

const innerWidth = (config: T5Config): number => config.heads * config.dKv;
const selfAttention = (stack: string, i: number) => `${stack}.block.${i}.layer.0.SelfAttention`;
const crossAttention = (i: number) => `decoder.block.${i}.layer.1.EncDecAttention`;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

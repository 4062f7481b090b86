/**
 * @file The layers of T5 (Raffel et al. 2020) and T5 v1.1; names and numbers follow transformers'
 * T5ForConditionalGeneration. Attention is not scaled by sqrt(D): T5 folds that into its
 * initialisation. I: source tokens, S: source positions (I plus a soft prompt), T: target positions.
 */
import type { GraphBuilder, Value } from '#grad';
import { PROMPT_TENSOR } from './adapter-spec.ts';
import {
  activate,
  dropout,
  joinHeads,
  type LayerContext,
  linear,
  rmsNorm,
  splitHeads,
} from './layers.ts';
import type { InputOf } from './segment.ts';
import type { T5Config } from './t5-config.ts';
import { maskOf, type Stack } from './t5-ports.ts';

export function encoderBlock(
  context: LayerContext,
  config: T5Config,
  i: number,
  hidden: Value,
  bias: Value,
): Value {
  const attended = attendToItself(context, config, 'encoder', i, hidden, bias);
  return feedForward(context, config, `encoder.block.${i}.layer.1`, attended);
}

export function decoderBlock(
  context: LayerContext,
  config: T5Config,
  i: number,
  hidden: Value,
  bias: Value,
  encoded: Value,
  mask: Value,
): Value {
  const block = `decoder.block.${i}`;
  const attended = attendToItself(context, config, 'decoder', i, hidden, bias);
  const crossed = residual(context, config, `${block}.layer.1`, attended, (x) => {
    const [key, value] = keysAndValues(context, config, crossAttention(i), encoded);
    return attend(context, config, crossAttention(i), x, key, value, mask);
  });
  return feedForward(context, config, `${block}.layer.2`, crossed);
}

/** All positions of a stack to one another, as far as the bias lets them. */
function attendToItself(
  context: LayerContext,
  config: T5Config,
  stack: Stack,
  i: number,
  hidden: Value,
  bias: Value,
): Value {
  const name = selfAttention(stack, i);
  return residual(context, config, `${stack}.block.${i}.layer.0`, hidden, (x) => {
    const [key, value] = keysAndValues(context, config, name, x);
    return attend(context, config, name, x, key, value, bias);
  });
}

/** x + dropout(layer(norm(x))) */
export function residual(
  context: LayerContext,
  config: T5Config,
  name: string,
  x: Value,
  layer: (normed: Value) => Value,
): Value {
  const normed = norm(context, config, name, x);
  return context.g.add(x, dropout(context, layer(normed), name));
}

export function norm(context: LayerContext, config: T5Config, layer: string, x: Value): Value {
  return rmsNorm(context.g, x, `${layer}.layer_norm.weight`, config.epsilon);
}

/** The heads' weighted sums through the output projection; bias broadcasts to (B,H,S,T). */
export function attend(
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
export function queries(context: LayerContext, config: T5Config, name: string, x: Value): Value {
  return splitHeads(context.g, linear(context, x, `${name}.q`, innerWidth(config)), config.heads);
}

/** softmax(query key^T + bias) value, head by head: (B,H,S,D) */
export function mixValues(
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

export function keysAndValues(
  context: LayerContext,
  config: T5Config,
  name: string,
  x: Value,
): [key: Value, value: Value] {
  const project = (part: 'k' | 'v') =>
    splitHeads(context.g, linear(context, x, `${name}.${part}`, innerWidth(config)), config.heads);
  return [project('k'), project('v')];
}

export function feedForward(
  context: LayerContext,
  config: T5Config,
  name: string,
  x: Value,
): Value {
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

export function finalNorm(context: LayerContext, config: T5Config, stack: Stack, x: Value): Value {
  const name = `${stack}.final_layer_norm`;
  return dropout(context, rmsNorm(context.g, x, `${name}.weight`, config.epsilon), name);
}

export function headLogits(context: LayerContext, config: T5Config, hidden: Value): Value {
  const { g } = context;
  if (!config.tiedHead) return linear(context, hidden, 'lm_head', config.vocabSize);
  const scaled = g.mul(hidden, g.fill(config.dModel ** -0.5, []));
  return g.matmul(scaled, embedding(g, config), { transB: true });
}

/** source.ids (B,I) -> (B,S,C), the soft prompt before them where there is one. */
export function embedSource(context: LayerContext, config: T5Config, input: InputOf): Value {
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

export function embedTarget(context: LayerContext, config: T5Config, ids: Value): Value {
  return dropout(context, context.g.gather(embedding(context.g, config), ids), 'decoder.embed');
}

/** What every encoder block adds to its scores: relative positions and the padding's mask. */
export function encoderBias(context: LayerContext, config: T5Config, input: InputOf): Value {
  const buckets = input('source.buckets', 'i32', ['S', 'S']);
  const mask = maskOf(input);
  return context.g.add(positionBias(context, config, 'encoder', buckets), mask); // (B,H,S,S)
}

/** Relative positions and the causal mask. Padding at a target's end is never looked at. */
export function decoderBias(context: LayerContext, config: T5Config, input: InputOf): Value {
  const buckets = input('target.buckets', 'i32', ['T', 'T']);
  const mask = input('target.mask', 'f32', [1, 1, 'T', 'T']);
  return context.g.add(positionBias(context, config, 'decoder', buckets), mask); // (1,H,T,T)
}

/** (S,T) buckets -> (1,H,S,T) learned biases */
export function positionBias(
  { g }: LayerContext,
  config: T5Config,
  stack: Stack,
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

export const selfAttention = (stack: Stack, i: number) =>
  `${stack}.block.${i}.layer.0.SelfAttention`;

export const crossAttention = (i: number) => `decoder.block.${i}.layer.1.EncDecAttention`;

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const innerWidth = (config: T5Config): number => config.heads * config.dKv;

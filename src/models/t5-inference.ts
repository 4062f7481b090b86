/** @file T5 as it answers: whole stacks in one graph and without dropout, and one step of a generation. */
import { type Graph, GraphBuilder, type Value } from '#grad';
import type { AdapterSpec } from './adapter-spec.ts';
import type { LayerContext } from './layers.ts';
import type { InputOf } from './segment.ts';
import type { T5Config } from './t5-config.ts';
import {
  attend,
  crossAttention,
  decoderBias,
  decoderBlock,
  embedSource,
  embedTarget,
  encoderBias,
  encoderBlock,
  feedForward,
  finalNorm,
  headLogits,
  keysAndValues,
  positionBias,
  range,
  residual,
  selfAttention,
} from './t5-layers.ts';
import { encodedOf, maskOf } from './t5-ports.ts';

/** source.* -> encoder.output, in one graph. */
export function t5Encoder(config: T5Config, adapter: AdapterSpec | null): Graph {
  const [context, input] = inferenceContext('encoder', adapter);
  const bias = encoderBias(context, config, input);
  let hidden = embedSource(context, config, input);
  for (const i of range(config.encoderLayers)) {
    hidden = encoderBlock(context, config, i, hidden, bias);
  }
  return context.g.finish({ 'encoder.output': finalNorm(context, config, 'encoder', hidden) });
}

/** Teacher forcing: target.*, encoder.output, source.mask -> decoder.output. */
export function t5Decoder(config: T5Config, adapter: AdapterSpec | null): Graph {
  const [context, input] = inferenceContext('decoder', adapter);
  const [encoded, mask] = [encodedOf(config, input), maskOf(input)];
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
  const encoded = encodedOf(config, input);
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
  const mask = maskOf(input);
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
      const name = selfAttention('decoder', i);
      const [key, value] = keysAndValues(context, config, name, x);
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

function inferenceContext(name: string, adapter: AdapterSpec | null): [LayerContext, InputOf] {
  const g = new GraphBuilder(name);
  return [
    { g, adapter, dropout: 0, training: false },
    (port, dtype, shape) => g.input(port, dtype, shape),
  ];
}

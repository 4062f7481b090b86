/** @file T5 as the model that training and generation see: its graphs and feeds behind one object. */
import type { Model } from './model.ts';
import { t5Batch, t5Buckets, t5SourceFeeds } from './t5-batch.ts';
import type { T5Config } from './t5-config.ts';
import { t5CrossCache, t5Decoder, t5Encoder, t5Logits, t5Step } from './t5-inference.ts';
import { t5Head, t5Segments } from './t5-segments.ts';
import { T5_ALIASES, t5Tensors } from './t5-tensors.ts';

export function t5Model(config: T5Config): Model {
  return {
    family: 't5',
    vocabSize: config.vocabSize,
    positions: config.positions,
    width: config.dModel,
    dropout: config.dropout,
    eosId: config.eosId,
    startId: config.decoderStartId,
    tensors: t5Tensors(config),
    embedding: 'shared.weight',
    aliases: T5_ALIASES,
    defaultTargets: ['q', 'v'],
    submodules: 2,
    peftTaskType: 'SEQ_2_SEQ_LM',
    heads: config.heads,
    layers: config.encoderLayers,
    segments: (options) => t5Segments(config, options),
    head: (options) => t5Head(config, options),
    headInput: 'decoder.output',
    batch: (examples, options) => t5Batch(config, examples, options),
    inference: {
      encoder: (adapter) => t5Encoder(config, adapter),
      decoder: (adapter) => t5Decoder(config, adapter),
      logits: (adapter) => t5Logits(config, adapter),
      crossCache: (adapter) => t5CrossCache(config, adapter),
      step: (adapter) => t5Step(config, adapter),
      sourceFeeds: (sources, options) => t5SourceFeeds(config, sources, options),
      stepFeeds: (tokens, position) => ({
        'target.ids': { dtype: 'i32', shape: [tokens.length, 1], data: tokens },
        'step.buckets': {
          dtype: 'i32',
          shape: [1, position + 1],
          data: t5Buckets(config, 'decoder', position + 1, 1),
        },
      }),
      emptyCache: (size) => {
        const empty = {
          dtype: 'f32',
          shape: [size, config.heads, 0, config.dKv],
          data: new Float32Array(0),
        } as const;
        const layers = Array.from({ length: config.decoderLayers }, (_, i) => i);
        return Object.fromEntries(
          layers.flatMap((i) => [
            [`past.key.${i}`, empty],
            [`past.value.${i}`, empty],
          ]),
        );
      },
    },
  };
}

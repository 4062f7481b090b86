/** @file T5 as training runs it: the chain of segments up to the decoder's output, and the head. */
import { weightedCrossEntropy } from './layers.ts';
import { type BuildOptions, type Segment, segment } from './segment.ts';
import { blockInParts } from './t5-block-parts.ts';
import type { T5Config } from './t5-config.ts';
import {
  decoderBias,
  decoderBlock,
  embedSource,
  embedTarget,
  encoderBias,
  encoderBlock,
  finalNorm,
  headLogits,
  range,
} from './t5-layers.ts';
import { biasOf, encodedOf, hiddenOf, maskOf, type Stack } from './t5-ports.ts';

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

const layersOf = (config: T5Config, stack: Stack): number =>
  stack === 'encoder' ? config.encoderLayers : config.decoderLayers;

/**
 * @file Examples -> the tensors that T5's graphs take. B: examples, S: source positions (the soft
 * prompt's included), T: target positions. Padding reaches to the longest of the batch, no further,
 * unless fixed lengths are asked for.
 */
import type { Tensor } from '#grad';
import { fail } from '#base';
import type { T5Config } from './t5-config.ts';
import { rememberLast } from './remember-last.ts';
import { relativeBuckets } from './t5-positions.ts';

export interface TokenExample {
  readonly source: ArrayLike<number>;
  readonly target: ArrayLike<number>;
}

export interface BatchOptions {
  readonly virtualTokens: number;
  /** pad to these lengths instead of the longest example's */
  readonly padTo?: { readonly source: number; readonly target: number } | undefined;
}

/** Feeds of a batch, and which target positions count. */
export interface Seq2SeqBatch {
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly size: number;
  readonly sourceLength: number;
  readonly targetLength: number;
  /** (B*T) label at each target position, -1 where there is none */
  readonly labels: Int32Array;
}

export function t5Batch(
  config: T5Config,
  examples: readonly TokenExample[],
  options: BatchOptions,
): Seq2SeqBatch {
  const tokens = options.padTo?.source ?? longest(examples.map((example) => example.source));
  const targetLength = options.padTo?.target ?? longest(examples.map((example) => example.target));
  const size = examples.length;
  const targetIds = new Int32Array(size * targetLength).fill(config.padId);
  const labels = new Int32Array(size * targetLength).fill(-1);
  examples.forEach(({ target }, b) => {
    const row = b * targetLength;
    // The decoder reads the target shifted right by one, behind the start token.
    targetIds[row] = config.decoderStartId;
    for (let t = 0; t < target.length; t++) {
      const id = checkedId(target[t], config);
      labels[row + t] = id;
      if (t + 1 < targetLength) targetIds[row + t + 1] = id;
    }
  });
  return {
    feeds: {
      ...t5SourceFeeds(
        config,
        examples.map((example) => example.source),
        { ...options, length: tokens },
      ),
      'target.ids': { dtype: 'i32', shape: [size, targetLength], data: targetIds },
      'target.buckets': {
        dtype: 'i32',
        shape: [targetLength, targetLength],
        data: t5Buckets(config, 'decoder', targetLength),
      },
      'target.mask': causalMask(config, targetLength),
    },
    size,
    sourceLength: tokens + options.virtualTokens,
    targetLength,
    labels,
  };
}

/** The encoder's part of a batch: source.ids (B,I), source.mask (B,1,1,S), source.buckets (S,S). */
export function t5SourceFeeds(
  config: T5Config,
  sources: readonly ArrayLike<number>[],
  options: { readonly virtualTokens: number; readonly length?: number },
): Record<string, Tensor> {
  const tokens = options.length ?? longest(sources);
  const { virtualTokens } = options;
  const size = sources.length;
  const length = tokens + virtualTokens;
  const ids = new Int32Array(size * tokens).fill(config.padId);
  const mask = new Float32Array(size * length);
  sources.forEach((source, b) => {
    for (let s = 0; s < source.length; s++) ids[b * tokens + s] = checkedId(source[s], config);
    mask.fill(MASKED, b * length + virtualTokens + source.length, (b + 1) * length);
  });
  return {
    'source.ids': { dtype: 'i32', shape: [size, tokens], data: ids },
    'source.mask': { dtype: 'f32', shape: [size, 1, 1, length], data: mask },
    'source.buckets': {
      dtype: 'i32',
      shape: [length, length],
      data: t5Buckets(config, 'encoder', length),
    },
  };
}

/** (T,T) buckets of a whole stack, or (1,K) of its last position with `queries: 1`. Not to be changed. */
export function t5Buckets(
  config: T5Config,
  stack: 'encoder' | 'decoder',
  length: number,
  queries: number = length,
): Int32Array {
  const make = () =>
    relativeBuckets({ from: length - queries, count: queries }, length, {
      buckets: config.buckets,
      maxDistance: config.maxDistance,
      bidirectional: stack === 'encoder',
    });
  return queries === length ? lastBuckets[stack](config, length, make) : make();
}

const lastBuckets = {
  encoder: rememberLast<Int32Array>(),
  decoder: rememberLast<Int32Array>(),
};

/** What is added to the score of a masked position: exp() of it is 0 in float32. */
const MASKED = -1e9;

const lastMask = rememberLast<Tensor>();

/** (1,1,T,T) Not to be changed. */
function causalMask(config: T5Config, length: number): Tensor {
  return lastMask(config, length, () => {
    const data = new Float32Array(length * length);
    for (let t = 0; t < length; t++) data.fill(MASKED, t * length + t + 1, (t + 1) * length);
    return { dtype: 'f32', shape: [1, 1, length, length], data };
  });
}

function checkedId(id: number | undefined, config: T5Config): number {
  if (id === undefined || id < 0 || id >= config.vocabSize) {
    fail('TOKEN_OUT_OF_RANGE', { id: Number(id), vocabSize: config.vocabSize });
  }
  return id;
}

function longest(rows: readonly ArrayLike<number>[]): number {
  return rows.reduce((most, row) => Math.max(most, row.length), 1);
}

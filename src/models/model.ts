/**
 * @file What training and generation ask of a model, whatever its family; and the table of families.
 * A new family is one file that makes such an object, and a row here.
 */
import type { Graph, Tensor } from '#grad';
import { fail } from '#base';
import type { AdapterSpec } from './adapter-spec.ts';
import type { BuildOptions, Segment } from './segment.ts';
import type { BatchOptions, Seq2SeqBatch, TokenExample } from './t5-batch.ts';
import { parseT5Config } from './t5-config.ts';
import { t5Model } from './t5-model.ts';
import type { TensorSpec } from './t5-tensors.ts';

export interface Model {
  readonly family: 't5';
  readonly vocabSize: number;
  /** tokens of the longest text that it was made to read, and to answer with */
  readonly positions: number;
  /** width of the hidden state */
  readonly width: number;
  /** the base's own dropout probability, from its config.json */
  readonly dropout: number;
  readonly eosId: number;
  readonly startId: number;
  readonly tensors: ReadonlyMap<string, TensorSpec>;
  /** the tensor whose rows are the token embeddings, (V,C) */
  readonly embedding: string;
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  /** modules that LoRA adapts unless told otherwise, as peft's table has them */
  readonly defaultTargets: readonly string[];
  /** submodules that peft counts for a soft prompt: 2 for an encoder-decoder */
  readonly submodules: number;
  readonly peftTaskType: string;
  /** numbers that peft writes into a soft prompt's configuration */
  readonly heads: number;
  readonly layers: number;

  /** the chain for training, without the head */
  segments(options: BuildOptions): readonly Segment[];
  /** head.hidden, head.labels, head.weights -> loss */
  head(options: BuildOptions): Segment;
  /** the boundary value whose rows the head takes */
  readonly headInput: string;
  batch(examples: readonly TokenExample[], options: BatchOptions): Seq2SeqBatch;
  readonly inference: InferenceGraphs;
}

/** Graphs without dropout, for evaluation and generation. */
export interface InferenceGraphs {
  encoder(adapter: AdapterSpec | null): Graph;
  decoder(adapter: AdapterSpec | null): Graph;
  logits(adapter: AdapterSpec | null): Graph;
  crossCache(adapter: AdapterSpec | null): Graph;
  step(adapter: AdapterSpec | null): Graph;
  sourceFeeds(
    sources: readonly ArrayLike<number>[],
    options: { readonly virtualTokens: number },
  ): Record<string, Tensor>;
  /** feeds of step number `position` (from 0): the tokens chosen last, and where they stand */
  stepFeeds(tokens: Int32Array, position: number): Record<string, Tensor>;
  /** names and shapes of the key-value cache before the first step, for `size` examples */
  emptyCache(size: number): Record<string, Tensor>;
}

/** @throws PlimsollError MODEL_ARCHITECTURE_UNKNOWN or MODEL_CONFIG_INVALID */
export function modelOf(config: Record<string, unknown>, file: string): Model {
  const type = String(config['model_type']);
  const make = FAMILIES[type];
  if (!make) {
    return fail('MODEL_ARCHITECTURE_UNKNOWN', { file, got: type, known: Object.keys(FAMILIES) });
  }
  return make(config, file);
}

/** config.json's model_type -> the family that computes it */
const FAMILIES: Readonly<
  Record<string, ((config: Record<string, unknown>, file: string) => Model) | undefined>
> = {
  t5: (config, file) => t5Model(parseT5Config(config, file)),
};

/** @file A run's examples, tokenized on disk: those to train on and those to evaluate on. */
import type { RunSpec } from '#protocol';
import { buildTokenCache, type Encoder } from './build-token-cache.ts';
import { type ExampleSubset, splitHeldOut } from './held-out.ts';
import { openExamples } from './open-examples.ts';
import type { TokenCache, TokenizedExample, TokenStats } from './token-cache.ts';

export interface ExampleSet {
  readonly count: number;
  at(i: number): TokenizedExample;
  readonly stats: TokenStats;
}

export interface PreparedData extends AsyncDisposable {
  readonly train: ExampleSet;
  readonly valid: ExampleSet | null;
  /** names examples, tokenizer and limits of both sets */
  readonly fingerprint: string;
}

/** @throws PlimsollError DATA_* for files that cannot be read as examples */
export async function prepareData(
  spec: RunSpec,
  tokenizer: Encoder,
  folder: string,
): Promise<PreparedData> {
  const { sourceMaxTokens, targetMaxTokens, seed } = spec.hyperparameters;
  const open = (data: { files: string[]; query: string | null }, limit: number | null) =>
    buildTokenCache(
      openExamples(data.files, {
        ...(data.query === null ? {} : { query: data.query }),
        ...(limit === null ? {} : { limit }),
      }),
      tokenizer,
      { sourceMaxTokens, targetMaxTokens, folder },
    );
  const trainCache = await open(spec.data, spec.data.maxSamples);
  const { validData, heldOutFraction } = spec.evaluation;
  const validCache = validData === null ? null : await open(validData, null);
  const { train, heldOut } = splitHeldOut(trainCache.length, heldOutFraction, seed);
  return {
    train: subset(trainCache, train),
    valid: validCache
      ? { count: validCache.length, at: (i) => validCache.at(i), stats: validCache.stats }
      : heldOut.count > 0
        ? subset(trainCache, heldOut, COUNTED_WITH_TRAIN)
        : null,
    fingerprint: [trainCache, validCache].map((cache) => cache?.fingerprint ?? '').join('+'),
    [Symbol.asyncDispose]() {
      trainCache.close();
      validCache?.close();
      return Promise.resolve();
    },
  };
}

/** What was skipped and cut is known of both parts together, and is said once. */
const COUNTED_WITH_TRAIN = { skipped: {}, truncatedSource: 0, truncatedTarget: 0 };

function subset(
  cache: TokenCache,
  { count, at }: ExampleSubset,
  otherStats: Partial<TokenStats> = {},
): ExampleSet {
  return { count, at: (i) => cache.at(at(i)), stats: { ...cache.stats, ...otherStats } };
}

/** @file How well a model does on held-out examples: mean loss per target token, exact match. */
import type { TokenExample } from '#models';
import type { Tokenizer } from '#weights';
import { type FirstThatFit, SURPLUS } from './answering-guard.ts';
import type { Inference } from './inference.ts';

export interface Evaluation {
  readonly examples: number;
  /** mean over target tokens of -log p, teacher forcing */
  readonly loss: number;
  /** part of the examples whose greedy answer is the target's text, 0 to 1; null if not asked for */
  readonly exactMatch: number | null;
}

export interface EvaluateOptions {
  /** examples answered at once, at most */
  readonly batchSize: number;
  /** as many of them as memory has room for; absent: all */
  readonly firstThatFit?: FirstThatFit | undefined;
  /** absent: no generation, so no exact match */
  readonly tokenizer?: Pick<Tokenizer, 'decode'> | undefined;
  readonly maxTokens: number;
  readonly signal?: AbortSignal | undefined;
}

/** The examples are read batch by batch; `at` gives example number i. */
export async function evaluate(
  inference: Inference,
  count: number,
  at: (i: number) => TokenExample,
  options: EvaluateOptions,
): Promise<Evaluation> {
  let sum = 0;
  let tokens = 0;
  let matches = 0;
  const { batchSize, firstThatFit = (examples) => examples } = options;
  for (let from = 0; from < count;) {
    options.signal?.throwIfAborted();
    const size = Math.min(batchSize, count - from);
    const batch = firstThatFit(Array.from({ length: size }, (_, i) => at(from + i)));
    from += batch.length;
    const part = await inference.loss(batch);
    sum += part.sum;
    tokens += part.tokens;
    const { tokenizer } = options;
    if (!tokenizer) continue;
    const answers = await inference.generate(
      batch.map(({ source }) => source),
      { maxTokens: Math.min(options.maxTokens, longestTarget(batch) + SURPLUS) },
    );
    matches += answers.filter((answer, i) => {
      const target = Array.from(batch[i]!.target);
      const [said, wanted] = [answer, target].map((ids) => tokenizer.decode(ids, TEXT_ONLY).trim());
      return said === wanted;
    }).length;
  }
  return {
    examples: count,
    loss: sum / tokens,
    exactMatch: options.tokenizer ? matches / count : null,
  };
}

function longestTarget(batch: readonly TokenExample[]): number {
  return Math.max(...batch.map(({ target }) => target.length));
}

/** Without the special tokens, such as the end's. */
export const TEXT_ONLY = { skipSpecial: true } as const;

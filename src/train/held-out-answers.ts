/** @file A few held-out examples with the answers before and after training, for people to see. */
import type { FirstThatFit } from './answering-guard.ts';
import { TEXT_ONLY } from './evaluate.ts';
import type { Inference } from './inference.ts';
import type { RunParts } from './run-parts.ts';

/** A held-out example, answered before and after training. */
export interface Sample {
  readonly source: string;
  readonly target: string;
  readonly base: string;
  readonly tuned: string;
}

const SAMPLES = 3;

/** Answers to the first held-out examples. @throws OutOfRoom */
export async function firstAnswers(
  inference: Inference,
  { data, spec, base }: Pick<RunParts, 'data' | 'spec' | 'base'>,
  firstThatFit: FirstThatFit,
): Promise<string[]> {
  const { valid } = data;
  if (!valid) return [];
  const maxTokens = spec.hyperparameters.targetMaxTokens;
  // Nobody knows how long an answer becomes.
  const target = new Int32Array(maxTokens);
  const count = Math.min(SAMPLES, valid.count);
  let asked = Array.from({ length: count }, (_, i) => ({ source: valid.at(i).source, target }));
  const texts: string[] = [];
  while (asked.length > 0) {
    const batch = firstThatFit(asked);
    const sources = batch.map(({ source }) => source);
    const answers = await inference.generate(sources, { maxTokens });
    texts.push(...answers.map((ids) => base.tokenizer.decode(ids, TEXT_ONLY)));
    asked = asked.slice(batch.length);
  }
  return texts;
}

export function sampleOf(
  { data, base: { tokenizer } }: Pick<RunParts, 'data' | 'base'>,
  i: number,
  base: string,
  tuned: string,
): Sample {
  const example = data.valid?.at(i);
  if (!example) throw new Error(`internal: no held-out example ${i}`);
  const text = (ids: ArrayLike<number>) => tokenizer.decode(Array.from(ids), TEXT_ONLY);
  return { source: text(example.source), target: text(example.target), base, tuned };
}

/** @file A model at work outside of training: texts answered, data evaluated. */
import { type ExamplesToUse, withTokens } from '#data';
import { type Adapter, openBase, type OpenedBase, type Parameters, readAdapter } from '#models';
import type { Plan } from '#protocol';
import { baseWeights } from './base-precision.ts';
import { evaluate, TEXT_ONLY } from './evaluate.ts';
import { Inference } from './inference.ts';
import type { Sampling } from './sampling.ts';
import { bindWeights } from './weight-binding.ts';

export interface Answering {
  /** a folder, or a name on the hub */
  readonly baseModel: string;
  /** an adapter's folder */
  readonly adapter?: string | undefined;
  readonly plan: Plan;
  readonly signal?: AbortSignal | undefined;
}

export interface EvaluateModelOptions extends Answering, ExamplesToUse {
  readonly batchSize: number;
}

export interface ModelEvaluation {
  readonly examples: number;
  /** mean over the target tokens */
  readonly loss: number;
  /** part of the greedy answers that are the target word for word, 0 to 1 */
  readonly exact_match: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly truncated: { readonly source: number; readonly target: number };
  readonly seconds: number;
}

export async function evaluateModel(options: EvaluateModelOptions): Promise<ModelEvaluation> {
  const began = performance.now();
  const { base, inference } = await openAnswering(options);
  await using _ = inference;
  return await withTokens(base.tokenizer, options, async (tokens) => {
    const result = await evaluate(inference, tokens.length, (i) => tokens.at(i), {
      batchSize: options.batchSize,
      tokenizer: base.tokenizer,
      maxTokens: options.targetMaxTokens,
      signal: options.signal,
    });
    const { skipped, truncatedSource: source, truncatedTarget: target } = tokens.stats;
    return {
      examples: result.examples,
      loss: result.loss,
      exact_match: result.exactMatch ?? 0,
      skipped,
      truncated: { source, target },
      seconds: (performance.now() - began) / 1000,
    };
  });
}

export interface GenerateTextsOptions extends Answering {
  readonly texts: readonly string[];
  readonly maxTokens: number;
  readonly sourceMaxTokens: number;
  readonly sampling?: Sampling | undefined;
}

export async function* generateTexts(
  options: GenerateTextsOptions,
): AsyncGenerator<{ readonly text: string; readonly answer: string }> {
  const { base, inference } = await openAnswering(options);
  await using _ = inference;
  for (const text of options.texts) {
    options.signal?.throwIfAborted();
    const ids = base.tokenizer.encode(text);
    if (ids.length > options.sourceMaxTokens) {
      ids.length = options.sourceMaxTokens;
      ids[ids.length - 1] = base.tokenizer.eosId;
    }
    const { maxTokens, sampling } = options;
    const [answer = []] = await inference.generate([ids], { maxTokens, sampling });
    yield { text, answer: base.tokenizer.decode(answer, TEXT_ONLY) };
  }
}

/** The caller closes `inference`. */
export async function openAnswering(
  options: Answering,
): Promise<{ readonly base: OpenedBase; readonly inference: Inference }> {
  const base = await openBase(options.baseModel);
  const adapter: Adapter | null =
    options.adapter === undefined ? null : readAdapter(options.adapter, base.model);
  const parameters: Parameters = adapter?.parameters ?? new Map();
  const { tensors } = baseWeights(base, options.plan.precision);
  const inference = new Inference({
    model: base.model,
    adapter: adapter?.spec ?? null,
    parameters,
    bind: bindWeights(tensors, parameters),
    plan: options.plan,
  });
  return { base, inference };
}

/**
 * @file What each precision of a base model would cost: bytes of its weights, and loss and gradient of a
 * few examples against those of the weights as they are stored.
 */
import { type ExamplesToUse, withTokens } from '#data';
import { openBase } from '#models';
import { type Plan, planSchema, runSpecSchema } from '#protocol';
import { baseWeights } from './base-precision.ts';
import { BufferPool } from './buffer-pool.ts';
import { initialPart } from './method.ts';
import { openProgram } from './open-program.ts';
import { differenceOf, measure, type PrecisionDifference } from './precision-difference.ts';

type Precision = Plan['precision'];

export interface ComparePrecisionsOptions extends ExamplesToUse {
  /** a folder, or a name on the hub */
  readonly baseModel: string;
  readonly precisions: readonly Precision[];
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ComparedPrecision extends PrecisionDifference {
  readonly precision: Precision;
  /** of the weights */
  readonly bytes: number;
  /** the converted weights, kept for runs; null: the model's own files serve */
  readonly file: string | null;
}

/**
 * The weights as they are stored first, then each precision as soon as it is known. The gradient is that
 * of LoRA's matrices as a run begins with them, without dropout.
 */
export async function* comparePrecisions(
  options: ComparePrecisionsOptions,
): AsyncGenerator<ComparedPrecision> {
  const base = await openBase(options.baseModel);
  const examples = await withTokens(base.tokenizer, options, async (tokens) =>
    Array.from({ length: tokens.length }, (_, i) => tokens.at(i)),
  );
  const spec = runSpecSchema.parse({
    baseModel: { ref: options.baseModel },
    data: { files: options.data.files },
    method: { kind: 'lora', dropout: 0 },
  });
  const part = initialPart(spec, base);
  const plan = planSchema.parse({ threads: options.threads });
  const { model } = base;
  const { parameters } = part;
  const { hyperparameters } = spec;
  const pool = new BufferPool();

  const measuredWith = async (tensors: Parameters<typeof openProgram>[0]['tensors']) => {
    const parts = { model, tensors, part, plan, dropout: 0, spillFolder: '', pool };
    await using program = await openProgram(parts);
    return await measure(program, examples, {
      model,
      plan,
      parameters,
      hyperparameters,
      virtualTokens: 0,
    });
  };
  const original = baseWeights(base, 'stored');
  const stored = await measuredWith(original.tensors);
  const { bytes, file } = original;
  yield { precision: 'stored', bytes, file, ...differenceOf(stored, stored) };
  for (const precision of options.precisions) {
    options.signal?.throwIfAborted();
    const weights = baseWeights(base, precision);
    const measured = weights.file === null ? stored : await measuredWith(weights.tensors);
    const difference = differenceOf(stored, measured);
    yield { precision, bytes: weights.bytes, file: weights.file, ...difference };
  }
}

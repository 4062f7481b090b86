/**
 * @file What a precision changes: loss and gradient of a few examples with the base in it, against those
 * with the base as its files have it.
 */
import type { Parameters, TokenExample } from '#models';
import type { StepParts } from './take-step.ts';
import type { Gradients, TrainingProgram } from './training-program.ts';
import { accumulateStep } from './training-step.ts';

/** Numbers that say little beyond the examples they were measured on: an order of magnitude. */
export interface PrecisionDifference {
  readonly examples: number;
  /** mean over the target tokens, with the base as it is stored */
  readonly storedLoss: number;
  /** the same in the precision */
  readonly loss: number;
  /** of what is trained: length of the gradients' difference, as a part of the stored one's length */
  readonly gradientDifference: number;
  readonly gradientCosine: number;
}

export interface Measured {
  readonly examples: number;
  readonly loss: number;
  readonly gradients: Gradients;
}

/** In one piece of memory, which goes back as a whole: many small ones leave holes behind. */
function newGradients(parameters: Parameters): Gradients {
  const lengths = [...parameters].map(([name, { data }]): [string, number] => [name, data.length]);
  const all = new Float32Array(lengths.reduce((sum, [, length]) => sum + length, 0));
  let start = 0;
  return new Map(lengths.map(([name, length]) => [name, all.subarray(start, (start += length))]));
}

/** Loss and gradient of the examples together, in `gradients`, which is new if absent. Their dropout is drawn as in a run's first step. */
export async function measure(
  program: TrainingProgram,
  examples: readonly TokenExample[],
  parts: Pick<StepParts, 'model' | 'plan' | 'virtualTokens' | 'parameters' | 'hyperparameters'>,
  gradients: Gradients = newGradients(parts.parameters),
): Promise<Measured> {
  const { model, plan, virtualTokens, hyperparameters: h } = parts;
  const { loss } = await accumulateStep(program, examples, 0, gradients, {
    model,
    plan,
    virtualTokens,
    lossAverage: 'token',
    examplesPerStep: examples.length,
    padTo: h.padToMax ? { source: h.sourceMaxTokens, target: h.targetMaxTokens } : undefined,
    seed: h.seed,
  });
  return { examples: examples.length, loss, gradients };
}

export function differenceOf(stored: Measured, other: Measured): PrecisionDifference {
  const sums = { own: 0, theirs: 0, product: 0, difference: 0 };
  for (const [name, gradient] of stored.gradients) {
    const another = other.gradients.get(name);
    if (!another) throw new Error(`internal: no gradient of ${name} to compare with`);
    for (let i = 0; i < gradient.length; i++) {
      const [a, b] = [gradient[i]!, another[i]!];
      sums.own += a * a;
      sums.theirs += b * b;
      sums.product += a * b;
      sums.difference += (a - b) ** 2;
    }
  }
  return {
    examples: stored.examples,
    storedLoss: stored.loss,
    loss: other.loss,
    gradientDifference: ratio(Math.sqrt(sums.difference), Math.sqrt(sums.own), 0),
    gradientCosine: ratio(sums.product, Math.sqrt(sums.own * sums.theirs), 1),
  };
}

/** Where both gradients are zero they do not differ. */
function ratio(part: number, whole: number, otherwise: number): number {
  return part === 0 && whole === 0 ? otherwise : part / whole;
}

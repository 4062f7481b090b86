/**
 * @file Which examples each optimizer step takes. Every epoch is a permutation of all examples, drawn
 * from the seed and the epoch's number alone, cut into groups; the last group of an epoch may be
 * smaller. So the place in the data follows from the number of steps done, and nothing else. The
 * permutation is computed point by point: no list of the examples is ever in memory.
 */
import { permutationAt, STREAM } from '#base';

export interface OrderOptions {
  /** how many examples there are to train on */
  readonly examples: number;
  /** batchSize x gradientAccumulationSteps */
  readonly examplesPerStep: number;
  readonly epochs: number;
  /** replaces the number of steps that the epochs make, be it more or less; null: it doesn't */
  readonly maxSteps: number | null;
  readonly seed: number;
  /**
   * The order itself instead of a drawn one, epoch after epoch (`examples` numbers each); when they
   * are used up they begin again.
   */
  readonly explicit?: ArrayLike<number> | undefined;
}

export interface StepExamples {
  /** the epoch that the step belongs to; the first is 0 */
  readonly epoch: number;
  /** examples of the epoch that were taken before this step */
  readonly position: number;
  /** examples by number, in order */
  readonly examples: readonly number[];
}

export interface Order {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** The examples of step `step`; the first is 0. */
  readonly at: (step: number) => StepExamples;
  /** Epochs done after `steps` steps, with a fraction. */
  readonly epochsAfter: (steps: number) => number;
  /** Whether an epoch ends with the last of these steps. */
  readonly endsEpoch: (steps: number) => boolean;
  /** Steps done when `position` examples of epoch `epoch` are; a position inside a group fails. */
  readonly stepsAt: (epoch: number, position: number) => number;
}

export function createOrder(options: OrderOptions): Order {
  const { examples, examplesPerStep, epochs, maxSteps } = options;
  if (examples < 1) throw new Error(`internal: an order of ${examples} examples`);
  checkExplicit(options);
  const stepsPerEpoch = Math.ceil(examples / examplesPerStep);

  return {
    stepsPerEpoch,
    totalSteps: maxSteps ?? epochs * stepsPerEpoch,
    at: (step) => {
      const epoch = Math.floor(step / stepsPerEpoch);
      const position = (step % stepsPerEpoch) * examplesPerStep;
      const length = Math.min(examplesPerStep, examples - position);
      const exampleAt = orderOf(epoch, options);
      return {
        epoch,
        position,
        examples: Array.from({ length }, (_, i) => exampleAt(position + i)),
      };
    },
    epochsAfter: (steps) => {
      const inEpoch = Math.min(examples, (steps % stepsPerEpoch) * examplesPerStep);
      return Math.floor(steps / stepsPerEpoch) + inEpoch / examples;
    },
    endsEpoch: (steps) => steps > 0 && steps % stepsPerEpoch === 0,
    stepsAt: (epoch, position) => {
      const whole = position === examples || position % examplesPerStep === 0;
      if (!whole || position > examples)
        throw new Error(`internal: position ${position} of an epoch is inside a step`);
      return epoch * stepsPerEpoch + Math.ceil(position / examplesPerStep);
    },
  };
}

function orderOf(
  epoch: number,
  { examples, seed, explicit }: OrderOptions,
): (position: number) => number {
  if (!explicit) return permutationAt(examples, seed, STREAM.order, epoch);
  const start = (epoch * examples) % explicit.length;
  return (position) => explicit[start + position] ?? 0;
}

function checkExplicit({ examples, explicit }: OrderOptions): void {
  if (!explicit) return;
  if (explicit.length === 0 || explicit.length % examples > 0)
    throw new Error(`internal: an order of ${explicit.length} for ${examples} examples`);
  const wrong = Array.from(explicit).find((i) => !Number.isInteger(i) || i < 0 || i >= examples);
  if (wrong !== undefined)
    throw new Error(`internal: example ${wrong} of ${examples} in the order`);
}

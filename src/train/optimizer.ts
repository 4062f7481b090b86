/**
 * @file AdamW: Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), and
 * clipping by the length of the whole gradient. Numbers as torch.optim.AdamW and
 * torch.nn.utils.clip_grad_norm_ give them, to rounding.
 *
 * Parameters are stored in 32 bits, moments in 32 or 8 (block-floats.ts), and computed in 64. A step
 * changes them in place and allocates nothing that grows with the model. It takes about 4 ns a
 * parameter, and four times that with moments of 8 bits.
 */
import { MOMENT_BLOCK, momentStorageOf, type MomentStorage, stream, STREAM } from '#base';
import {
  type BlockFloats,
  createBlockFloats,
  encodeBlock,
  SIGNED,
  UNSIGNED,
} from './block-floats.ts';

export interface AdamWOptions {
  readonly betas: readonly [number, number];
  readonly eps: number;
  /** part of each parameter that is taken away per step, times the learning rate; 0 for none */
  readonly weightDecay: number;
  /** of the moments; absent: fp32. A step is computed before they are rounded */
  readonly storage?: MomentStorage;
  /** the rounding of 8-bit moments draws from it */
  readonly seed?: number;
}

/** A number for each of the tensor's: in 32 bits, or in 8 where the tensor is not small. */
export type Moment = Float32Array | BlockFloats;

export interface AdamWState {
  /** steps taken; the bias correction depends on it */
  steps: number;
  /** running mean of the gradient, per parameter: signed */
  readonly m: ReadonlyMap<string, Moment>;
  /** running mean of its square: unsigned */
  readonly v: ReadonlyMap<string, Moment>;
}

export interface AdamW {
  /** what a checkpoint has to hold; loading one writes into these arrays */
  readonly state: AdamWState;
  /**
   * One step, in place. Each gradient is multiplied by `gradientScale` on the way: there go the
   * mean over tokens and the clipping, without a pass of their own.
   */
  readonly step: (
    gradients: ReadonlyMap<string, Float32Array>,
    learningRate: number,
    gradientScale?: number,
  ) => void;
}

interface Slot {
  readonly name: string;
  readonly parameter: Float32Array;
  readonly m: Moment;
  readonly v: Moment;
}

/** What one step has in common for all elements. */
interface Coefficients {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly decay: number;
  readonly stepSize: number;
  readonly inverseCorrection2: number;
  readonly gradientScale: number;
}

/**
 * An optimizer of `parameters`, which it changes in place. Costs twice their size in memory, or a
 * little more than half of it with moments of 8 bits.
 */
export function createAdamW(
  parameters: ReadonlyMap<string, Float32Array>,
  options: AdamWOptions,
): AdamW {
  const slots: Slot[] = [...parameters].map(([name, parameter]) => ({
    name,
    parameter,
    m: createMoment(parameter.length, options.storage),
    v: createMoment(parameter.length, options.storage),
  }));
  const state: AdamWState = {
    steps: 0,
    m: new Map(slots.map(({ name, m }) => [name, m])),
    v: new Map(slots.map(({ name, v }) => [name, v])),
  };

  const step: AdamW['step'] = (gradients, learningRate, gradientScale = 1) => {
    const [beta1, beta2] = options.betas;
    state.steps++;
    const coefficients: Coefficients = {
      beta1,
      beta2,
      eps: options.eps,
      decay: 1 - learningRate * options.weightDecay,
      stepSize: learningRate / (1 - beta1 ** state.steps),
      inverseCorrection2: 1 / Math.sqrt(1 - beta2 ** state.steps),
      gradientScale,
    };
    for (const [place, slot] of slots.entries()) {
      const gradient = gradients.get(slot.name);
      if (gradient?.length !== slot.parameter.length)
        throw new Error(
          `internal: gradient of ${slot.name}: expected ${slot.parameter.length} numbers, got ${gradient?.length ?? 'none'}`,
        );
      const { parameter, m, v } = slot;
      if (m instanceof Float32Array && v instanceof Float32Array) {
        update(parameter, m, v, gradient, coefficients);
      } else if (!(m instanceof Float32Array) && !(v instanceof Float32Array)) {
        const chance = stream(options.seed ?? 0, STREAM.rounding, place, state.steps);
        updateBlocks(parameter, m, v, gradient, coefficients, chance);
      }
    }
  };
  return { state, step };
}

export function createMoment(count: number, storage: MomentStorage = 'fp32'): Moment {
  return momentStorageOf(count, storage) === 'fp32'
    ? new Float32Array(count)
    : createBlockFloats(count);
}

function update(
  parameter: Float32Array,
  m: Float32Array,
  v: Float32Array,
  gradient: Float32Array,
  c: Coefficients,
): void {
  // Locals: V8 keeps them in registers, where it would read the object's fields at each turn.
  const { beta1, beta2, eps, decay, stepSize, inverseCorrection2, gradientScale } = c;
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  for (let i = 0; i < parameter.length; i++) {
    const g = (gradient[i] ?? 0) * gradientScale;
    const mean = beta1 * (m[i] ?? 0) + rest1 * g;
    const square = beta2 * (v[i] ?? 0) + rest2 * g * g;
    m[i] = mean;
    v[i] = square;
    parameter[i] =
      (parameter[i] ?? 0) * decay -
      (stepSize * mean) / (Math.sqrt(square) * inverseCorrection2 + eps);
  }
}

/** One block's moments, between their computation and their rounding. */
const means = new Float32Array(MOMENT_BLOCK);
const squares = new Float32Array(MOMENT_BLOCK);

/** The same as update, block by block. The second moment is rounded by chance: see block-floats.ts. */
function updateBlocks(
  parameter: Float32Array,
  m: BlockFloats,
  v: BlockFloats,
  gradient: Float32Array,
  c: Coefficients,
  chance: (block: number) => number,
): void {
  const { beta1, beta2, eps, decay, stepSize, inverseCorrection2, gradientScale } = c;
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  const { codes: mCodes, scales: mScales } = m;
  const { codes: vCodes, scales: vScales } = v;
  const { values: signed } = SIGNED;
  const { values: unsigned } = UNSIGNED;
  for (let block = 0; block < mScales.length; block++) {
    const start = block * MOMENT_BLOCK;
    const count = Math.min(MOMENT_BLOCK, parameter.length - start);
    const kept1 = beta1 * (mScales[block] ?? 0);
    const kept2 = beta2 * (vScales[block] ?? 0);
    for (let k = 0; k < count; k++) {
      const i = start + k;
      const g = (gradient[i] ?? 0) * gradientScale;
      const mean = kept1 * (signed[mCodes[i] ?? 0] ?? 0) + rest1 * g;
      const square = kept2 * (unsigned[vCodes[i] ?? 0] ?? 0) + rest2 * g * g;
      means[k] = mean;
      squares[k] = square;
      parameter[i] =
        (parameter[i] ?? 0) * decay -
        (stepSize * mean) / (Math.sqrt(square) * inverseCorrection2 + eps);
    }
    encodeBlock(m, block, SIGNED, means, count, 0);
    encodeBlock(v, block, UNSIGNED, squares, count, chance(block) || 1);
  }
}

/** The length (L2 norm) of all gradients taken as one vector. NaN or Infinity if any element is. */
export function gradientNorm(gradients: Iterable<Float32Array>): number {
  let sum = 0;
  for (const gradient of gradients) {
    for (let i = 0; i < gradient.length; i++) sum += (gradient[i] ?? 0) ** 2;
  }
  return Math.sqrt(sum);
}

/** What to multiply a gradient of length `norm` by, so that it is at most `maxNorm`; null: by 1. */
export function clipScale(norm: number, maxNorm: number | null): number {
  // torch adds 1e-6, against a norm of 0.
  return maxNorm === null ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
}

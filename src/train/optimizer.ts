/**
 * @file AdamW: Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), and
 * clipping by the length of the whole gradient. Numbers as torch.optim.AdamW and
 * torch.nn.utils.clip_grad_norm_ give them, to rounding.
 *
 * Parameters and moments are stored in 32 bits and computed in 64. A step changes them in place,
 * allocates nothing that grows with the model, and takes about 4 ns per parameter.
 */

export interface AdamWOptions {
  readonly betas: readonly [number, number];
  readonly eps: number;
  /** part of each parameter that is taken away per step, times the learning rate; 0 for none */
  readonly weightDecay: number;
}

export interface AdamWState {
  /** steps taken; the bias correction depends on it */
  steps: number;
  /** running mean of the gradient, per parameter */
  readonly m: ReadonlyMap<string, Float32Array>;
  /** running mean of its square */
  readonly v: ReadonlyMap<string, Float32Array>;
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
  readonly m: Float32Array;
  readonly v: Float32Array;
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

/** An optimizer of `parameters`, which it changes in place. Costs twice their size in memory. */
export function createAdamW(
  parameters: ReadonlyMap<string, Float32Array>,
  options: AdamWOptions,
): AdamW {
  const slots: Slot[] = [...parameters].map(([name, parameter]) => ({
    name,
    parameter,
    m: new Float32Array(parameter.length),
    v: new Float32Array(parameter.length),
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
    for (const slot of slots) {
      const gradient = gradients.get(slot.name);
      if (gradient?.length !== slot.parameter.length)
        throw new Error(
          `internal: gradient of ${slot.name}: expected ${slot.parameter.length} numbers, got ${gradient?.length ?? 'none'}`,
        );
      update(slot, gradient, coefficients);
    }
  };
  return { state, step };
}

function update({ parameter, m, v }: Slot, gradient: Float32Array, c: Coefficients): void {
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

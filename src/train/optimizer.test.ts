/** @file AdamW against torch, step by step. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clipScale, createAdamW, gradientNorm } from './optimizer.ts';

type Values = Readonly<Record<string, readonly number[]>>;
interface Trace {
  readonly torch: string;
  readonly options: { betas: [number, number]; eps: number; weight_decay: number };
  readonly max_norm: number;
  readonly before: Values;
  readonly steps: readonly {
    readonly learning_rate: number;
    readonly gradients: Values;
    readonly norm: number;
    readonly after: Values;
    readonly m: Values;
    readonly v: Values;
  }[];
}

const TRACE: Trace = JSON.parse(
  readFileSync(new URL('optimizer-trace.json', import.meta.url), 'utf8'),
);
const OPTIONS = {
  betas: TRACE.options.betas,
  eps: TRACE.options.eps,
  weightDecay: TRACE.options.weight_decay,
};

test('eight clipped steps with decay are those of torch', () => {
  const parameters = tensors(TRACE.before);
  const { state, step } = createAdamW(parameters, OPTIONS);
  const worst = { norm: 0, parameter: 0, m: 0, v: 0 };
  for (const expected of TRACE.steps) {
    const gradients = tensors(expected.gradients);
    const norm = gradientNorm(gradients.values());
    step(gradients, expected.learning_rate, clipScale(norm, TRACE.max_norm));
    worst.norm = Math.max(worst.norm, Math.abs(norm / expected.norm - 1));
    worst.parameter = Math.max(worst.parameter, difference(parameters, expected.after));
    worst.m = Math.max(worst.m, difference(state.m, expected.m));
    worst.v = Math.max(worst.v, difference(state.v, expected.v));
  }
  console.log(`largest relative differences to torch ${TRACE.torch}:`, worst);
  expect(Math.max(...Object.values(worst))).toBeLessThan(1e-6);
  expect(state.steps).toBe(TRACE.steps.length);
});

test('the trace has steps that are clipped and steps that are not', () => {
  const scales = TRACE.steps.map(({ norm }) => clipScale(norm, TRACE.max_norm));
  expect(scales.filter((scale) => scale < 1).length).toBeGreaterThan(0);
  expect(scales.filter((scale) => scale === 1).length).toBeGreaterThan(0);
});

test('a parameter without gradient only decays', () => {
  const parameters = tensors({ still: [1, -2] });
  const { step } = createAdamW(parameters, { ...OPTIONS, weightDecay: 0.5 });
  for (let i = 0; i < 3; i++) step(tensors({ still: [0, 0] }), 0.1);
  expect([...(parameters.get('still') ?? [])]).toEqual([0.95 ** 3, -2 * 0.95 ** 3].map(toClose));
});

test('the first step goes by the learning rate, whatever the size of the gradient', () => {
  const parameters = tensors({ p: [0, 0, 0] });
  const { step } = createAdamW(parameters, OPTIONS);
  step(tensors({ p: [1e-3, -7, 1e4] }), 0.01);
  expect([...(parameters.get('p') ?? [])]).toEqual([-0.01, 0.01, -0.01].map(toClose));
});

test('a scaled gradient is the gradient of a scaled loss', () => {
  const [one, other] = [tensors({ p: [1, 2] }), tensors({ p: [1, 2] })];
  createAdamW(one, OPTIONS).step(tensors({ p: [8, -16] }), 0.1, 0.125);
  createAdamW(other, OPTIONS).step(tensors({ p: [1, -2] }), 0.1);
  expect(one).toEqual(other);
});

test('without a limit nothing is clipped', () => {
  expect(clipScale(1e9, null)).toBe(1);
  expect(clipScale(0, 1)).toBe(1);
  expect(clipScale(4, 1)).toBeCloseTo(0.25, 6);
});

test('a gradient that is not finite shows in the norm', () => {
  expect(gradientNorm([new Float32Array([1, Number.NaN])])).toBeNaN();
  expect(gradientNorm([new Float32Array([1, Infinity])])).toBe(Infinity);
  // Squares of these overflow 32 bits, not 64.
  expect(gradientNorm([new Float32Array([3e38]), new Float32Array([0])])).toBeCloseTo(3e38, -33);
});

test('a missing or misshapen gradient is our own bug', () => {
  const { step } = createAdamW(tensors({ p: [1, 2] }), OPTIONS);
  expect(() => step(new Map(), 1)).toThrow('internal: gradient of p: expected 2 numbers, got none');
  expect(() => step(tensors({ p: [1] }), 1)).toThrow('got 1');
});

function tensors(values: Values): Map<string, Float32Array> {
  return new Map(Object.entries(values).map(([name, list]) => [name, Float32Array.from(list)]));
}

/** Largest difference, relative to the largest element of its tensor. */
function difference(got: ReadonlyMap<string, Float32Array>, expected: Values): number {
  let worst = 0;
  for (const [name, list] of Object.entries(expected)) {
    const largest = Math.max(...list.map(Math.abs), Number.MIN_VALUE);
    for (const [i, value] of list.entries())
      worst = Math.max(worst, Math.abs((got.get(name)?.[i] ?? NaN) - value) / largest);
  }
  return worst;
}

function toClose(value: number): unknown {
  return expect.closeTo(value, 6);
}

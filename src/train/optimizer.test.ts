/** @file AdamW against torch, step by step. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { momentBytes, normal } from '#base';
import { type BlockFloats, decodeAll, SIGNED, UNSIGNED } from './block-floats.ts';
import { clipScale, createAdamW, gradientNorm, type Moment } from './optimizer.ts';

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
    worst.m = Math.max(worst.m, difference(floats(state.m), expected.m));
    worst.v = Math.max(worst.v, difference(floats(state.v), expected.v));
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

describe('with moments of 8 bits', () => {
  const COUNT = 5000;
  const EIGHT = { ...OPTIONS, storage: '8bit', seed: 3 } as const;
  const random = (key: number) => Float32Array.from({ length: COUNT }, (_, i) => normal(key, i));
  /** In each block some elements' gradients are a hundred times as large as others'. */
  const gradientsOf = (step: number) =>
    new Map([['p', random(step).map((x, i) => x * 10 ** ((i % 41) / 20))]]);

  const gradientsThatGo = (step: number) =>
    new Map([
      [
        'p',
        gradientsOf(step)
          .get('p')!
          .map((x, i) => (step > 200 && i % 2 ? 0 : x)),
      ],
    ]);

  test('each step is that of float32, from the moments as they were stored', () => {
    const [parameter, same] = [random(0), new Float32Array(COUNT)];
    const eight = createAdamW(new Map([['p', parameter]]), EIGHT);
    const exact = createAdamW(new Map([['p', same]]), OPTIONS);
    const [m, v] = [floatsOf(exact.state.m), floatsOf(exact.state.v)];
    const worst = { parameter: 0, m: 0, v: 0 };
    for (let step = 1; step <= 12; step++) {
      same.set(parameter);
      decodeAll(blocksOf(eight.state.m), SIGNED, m);
      decodeAll(blocksOf(eight.state.v), UNSIGNED, v);
      for (const { step: take } of [eight, exact]) take(gradientsOf(step), 0.01);
      const stored = { m: new Float32Array(COUNT), v: new Float32Array(COUNT) };
      decodeAll(blocksOf(eight.state.m), SIGNED, stored.m);
      decodeAll(blocksOf(eight.state.v), UNSIGNED, stored.v);
      for (let i = 0; i < COUNT; i++) {
        const off = (one: Float32Array, other: Float32Array) => Math.abs(one[i]! - other[i]!);
        const largest = (moment: ReadonlyMap<string, Moment>) => blocksOf(moment).scales[i >> 8]!;
        // To the nearest of numbers 1/8 apart; to a neighbour; and what is too small for any code.
        const mBound = Math.abs(m[i]!) / 16 + 1.5 * 2 ** -16 * largest(eight.state.m);
        const vBound = v[i]! / 8 + 1.25 * 2 ** -32 * largest(eight.state.v);
        worst.parameter = Math.max(worst.parameter, off(parameter, same));
        worst.m = Math.max(worst.m, off(stored.m, m) / mBound);
        worst.v = Math.max(worst.v, off(stored.v, v) / vBound);
      }
    }
    console.log('largest differences, of the moments as parts of their bounds:', worst);
    expect(worst.parameter).toBeLessThan(2 ** -21); // one rounding of a number below 8
    for (const part of [worst.m, worst.v]) {
      expect(part).toBeLessThan(1.001);
      expect(part).toBeGreaterThan(0.8); // else the bound is none
    }
  });

  test('the second moment is right on average, also where the gradient went away', () => {
    const { state, step } = createAdamW(new Map([['p', random(0)]]), EIGHT);
    const exact = createAdamW(new Map([['p', random(0)]]), OPTIONS);
    for (let k = 1; k <= 500; k++)
      for (const take of [step, exact.step]) take(gradientsThatGo(k), 1e-3);
    const v = new Float32Array(COUNT);
    decodeAll(blocksOf(state.v), UNSIGNED, v);
    const ratios = v.map((stored, i) => stored / floatsOf(exact.state.v)[i]!);
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / COUNT;
    const deviation = Math.sqrt(
      ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / COUNT,
    );
    console.log(`second moment after 500 steps: ${mean} of the exact one, +- ${deviation}`);
    expect(Math.abs(mean - 1)).toBeLessThan((5 * deviation) / Math.sqrt(COUNT));
    // Each rounding adds at most 1/16 of deviation, and 500 of them do not count in full.
    expect(deviation).toBeLessThan(Math.sqrt(500) / 16);
  });

  test('the seed and the state say all: it goes on from a copy to the bit', () => {
    const parameter = random(0);
    const one = createAdamW(new Map([['p', parameter]]), EIGHT);
    for (let k = 1; k <= 5; k++) one.step(gradientsOf(k), 0.01);
    const copied = Float32Array.from(parameter);
    const other = createAdamW(new Map([['p', copied]]), EIGHT);
    other.state.steps = one.state.steps;
    for (const moment of ['m', 'v'] as const) {
      const [from, to] = [blocksOf(one.state[moment]), blocksOf(other.state[moment])];
      to.codes.set(from.codes);
      to.scales.set(from.scales);
    }
    for (let k = 6; k <= 10; k++) for (const { step } of [one, other]) step(gradientsOf(k), 0.01);
    expect(copied).toEqual(parameter);
    expect(other.state).toEqual(one.state);
    const differently = createAdamW(new Map([['p', random(0)]]), { ...EIGHT, seed: 4 });
    for (let k = 1; k <= 10; k++) differently.step(gradientsOf(k), 0.01);
    expect(differently.state.v).not.toEqual(one.state.v);
  });

  test('a number takes two bytes and a thirty-second; small tensors stay as they are', () => {
    const sizes = { large: 256 * 64, ragged: 4096 + 1, small: 4095 };
    const parameters = new Map(
      Object.entries(sizes).map(([name, size]) => [name, new Float32Array(size)]),
    );
    const { m, v } = createAdamW(parameters, EIGHT).state;
    const bytes = (name: string) =>
      [m, v].reduce((sum, moments) => {
        const moment = moments.get(name)!;
        return sum + (moment instanceof Float32Array ? moment.byteLength : sizeOf(moment));
      }, 0);
    expect(bytes('large') / sizes.large).toBe(2 + 1 / 32);
    expect(bytes('ragged')).toBe(2 * (4097 + 17 * 4));
    expect(bytes('small')).toBe(8 * sizes.small);
    for (const [name, size] of Object.entries(sizes))
      expect(bytes(name)).toBe(2 * momentBytes(size, '8bit'));
    expect(momentBytes(sizes.large, 'fp32')).toBe(4 * sizes.large);
  });

  test('a step makes no garbage that grows with the model', () => {
    const parameters = new Map([['p', new Float32Array(2 ** 22)]]);
    const { step } = createAdamW(parameters, EIGHT);
    const gradients = new Map([['p', new Float32Array(2 ** 22).fill(1)]]);
    step(gradients, 1);
    const before = process.memoryUsage();
    step(gradients, 1);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThanOrEqual(0);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(2 ** 20);
  });
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

/** The moments of a state in float32. */
function floats(moments: ReadonlyMap<string, Moment>): Map<string, Float32Array> {
  return new Map(
    [...moments].map(([name, moment]) => {
      if (!(moment instanceof Float32Array)) throw new Error('internal: blocks');
      return [name, moment];
    }),
  );
}

function floatsOf(moments: ReadonlyMap<string, Moment>): Float32Array {
  return floats(moments).get('p')!;
}

function blocksOf(moments: ReadonlyMap<string, Moment>): BlockFloats {
  const moment = moments.get('p')!;
  if (moment instanceof Float32Array) throw new Error('internal: no blocks');
  return moment;
}

function sizeOf({ codes, scales }: BlockFloats): number {
  return codes.byteLength + scales.byteLength;
}

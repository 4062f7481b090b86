/** @file The planner's answers: what fits stays, what does not is computed another way, or refused. */
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { modelOf, t5ConfigOfSize } from '#models';
import type { TensorLocation } from '#weights';
import { type Plan, planSchema, type Prediction, runSpecSchema } from '#protocol';
import { adapterOf } from './question-of-run.ts';
import { planRun } from './predict.ts';

const MIB = 2 ** 20;
const model = modelOf(t5ConfigOfSize('flan-t5-small'), 'config.json');
const spec = runSpecSchema.parse({
  baseModel: { ref: 'm' },
  data: { files: ['d'] },
  method: { kind: 'lora' },
  hyperparameters: { padToMax: true },
});

function predict(
  limit: number | null,
  {
    plan = {},
    pinned = [],
    baseline = 0,
    withFiles,
    correction = 0,
    readAhead = 128 * 1024,
  }: {
    plan?: Partial<Plan>;
    pinned?: (keyof Plan)[];
    baseline?: number;
    withFiles?: number;
    correction?: number;
    readAhead?: number;
  } = {},
): Prediction {
  return planRun({
    model,
    adapter: adapterOf(spec.method, model),
    weights: new Map(
      [...model.tensors].map(([name, { shape }]): [string, TensorLocation] => {
        const length = 4 * shape.reduce((a, b) => a * b, 1);
        return [name, { name, file: 'f', dtype: 'F32', shape, offset: 0, length }];
      }),
    ),
    hyperparameters: spec.hyperparameters,
    longest: { source: 384, target: 384 },
    tokenizerBytes: 0,
    readAhead,
    plan: planSchema.parse({ mmapThreshold: 128 * 1024, ...plan }),
    pinned: new Set(pinned),
    correction,
    limit: { bytes: limit, from: 'a test', baseline, withFiles },
  });
}

test('without a limit the plan that was asked for stays, and its items add up to the peak', () => {
  const prediction = predict(null);
  expect(prediction).toMatchObject({ answer: 'fits', fits: true, limit_bytes: null });
  expect(prediction.plan.recompute).toBe('none');
  const unreclaimable = prediction.items.filter(({ reclaimable }) => !reclaimable);
  const sum = unreclaimable.reduce((total, { bytes }) => total + bytes, 0);
  expect(sum).toBe(prediction.predicted_peak_bytes);
  const [low, high] = prediction.interval_bytes;
  expect(low).toBeLessThan(sum);
  expect(high).toBeGreaterThan(sum);
  expect(Math.max(...prediction.step.map(({ bytes }) => bytes))).toBeLessThanOrEqual(sum + 1);
});

test('the smaller the limit, the less the plan takes, down to the smallest limit that it names', () => {
  const smallest = Number(predict(null).smallest_limit_bytes);
  const predictions = [320, 256, 200].map((limit) => predict(limit * MIB));
  const peaks = predictions.map((each) => each.predicted_peak_bytes);
  expect(peaks).toEqual(peaks.toSorted((a, b) => b - a));
  for (const each of predictions) {
    expect(each.fits).toBe(true);
    expect(each.interval_bytes[1]).toBeLessThanOrEqual(each.limit_bytes!);
  }
  expect(predict(smallest)).toMatchObject({ answer: 'fits-with-this-plan', fits: true });
  expect(predict(smallest - 1)).toMatchObject({
    answer: 'cannot-fit',
    fits: false,
    smallest_limit_bytes: smallest,
  });
});

test('what was measured beyond a prediction is taken to be needed by every plan', () => {
  const [limit, correction] = [256 * MIB, 40 * MIB];
  const [before, corrected] = [predict(limit), predict(limit, { correction })];
  expect(corrected.fits).toBe(true);
  expect(corrected.interval_bytes[1]).toBeLessThanOrEqual(limit);
  const without = corrected.predicted_peak_bytes - correction;
  expect(without).toBeLessThan(before.predicted_peak_bytes); // another plan, which leaves room for it
  expect(corrected.items).toContainEqual(
    expect.objectContaining({ name: 'measured beyond', bytes: correction, reclaimable: false }),
  );
  const more = Number(corrected.smallest_limit_bytes) - Number(before.smallest_limit_bytes);
  expect(more).toBeGreaterThanOrEqual(correction);
});

test('attention that was kept before is recomputed where it has no room, unless told', () => {
  const plan = { attention: 'kept' } as const;
  const attentionUnder = (limit: number | null, pinned: (keyof Plan)[] = []) =>
    predict(limit, { plan, pinned }).plan.attention;
  expect(attentionUnder(null)).toBe('kept');
  expect(attentionUnder(320 * MIB)).toBe('recomputed');
  expect(attentionUnder(320 * MIB, ['attention'])).toBe('kept');
});

test('what the user pinned is not changed', () => {
  const pinned: (keyof Plan)[] = ['recompute', 'precision'];
  const { plan } = predict(320 * MIB, { pinned });
  expect(plan).toMatchObject({ recompute: 'none', precision: 'stored' });
});

test('the base is never made smaller than bf16 unasked', () => {
  for (const limit of [512, 256, 180]) {
    expect(['stored', 'bf16']).toContain(predict(limit * MIB).plan.precision);
  }
});

test('what others use under the limit leaves less for the run, and counts in its peak', () => {
  const beside = predict(400 * MIB, { baseline: 150 * MIB });
  const alone = predict(250 * MIB);
  expect(beside.plan).toEqual(alone.plan);
  expect(beside.predicted_peak_bytes).toBe(alone.predicted_peak_bytes + 150 * MIB);
  expect(beside.smallest_limit_bytes).toBe(Number(alone.smallest_limit_bytes) + 150 * MIB);
});

test('of a limit a run has the share that its plan takes, and files the rest: the plan stays', () => {
  const slower = [416, 320, 256, 200].filter((mebibytes) => {
    const limit = mebibytes * MIB;
    const counted = predict(limit);
    const share = counted.interval_bytes[1];
    expect(predict(share, { withFiles: limit }).plan).toEqual(counted.plan);
    return !isDeepStrictEqual(predict(share).plan, counted.plan);
  });
  expect(slower, 'where files must find room in the share, another is faster').not.toEqual([]);
});

test('a device that reads far ahead: more is left for pages that are being read', () => {
  const limit = 256 * MIB;
  const [usual, far] = [128 * 1024, 8 * MIB].map((readAhead) =>
    predict(limit, { readAhead, pinned: ['precision'] }),
  );
  const beyondPeak = ({ interval_bytes: [, high], predicted_peak_bytes: peak }: Prediction) =>
    (high - peak) / MIB;
  expect(beyondPeak(far!) - beyondPeak(usual!)).toBeGreaterThan(14);
  expect(far!.fits).toBe(true);
  // Where all that a session reads stays in memory, nothing is read at the same time.
  const [some, all] = [128 * 1024, 8 * MIB].map((readAhead) =>
    predict(limit, { readAhead, plan: { precision: 'int8' }, pinned: ['precision'] }),
  );
  expect(all!.interval_bytes).toEqual(some!.interval_bytes);
});

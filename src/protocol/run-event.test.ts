/** @file Events are lines of JSON that their own schema accepts again. */
import { expect, test } from 'vitest';
import { planSchema } from './plan.ts';
import { encodeEvent, runEventSchema, type RunEvent } from './run-event.ts';
import { runSpecSchema } from './run-spec.ts';

const HEAD = { time: '2026-01-31T14:25:01.000Z', run_id: 'r1' };
const STEP: RunEvent = {
  type: 'step',
  ...HEAD,
  step: 3,
  of: 12,
  epoch: 0.25,
  loss: 2.5,
  learningRate: 5e-5,
  gradNorm: 1.25,
  tokens: 96,
  seconds: 0.5,
  tokensPerSecond: 192,
  memory: { anon: 1 << 20, file: 1 << 24, limit: 1 << 29 },
};

const EVENTS: readonly RunEvent[] = [
  {
    type: 'run-started',
    ...HEAD,
    attempt: 2,
    pid: 17,
    folder: 'runs/r1',
    spec: runSpecSchema.parse({
      baseModel: { ref: 'm' },
      data: { files: ['d.jsonl'] },
      method: { kind: 'full' },
    }),
    plan: planSchema.parse({ recompute: ['encoder.0', 'encoder.1'] }),
    resumedFrom: { file: 'runs/r1/checkpoint/state.safetensors', step: 8 },
  },
  {
    type: 'data-prepared',
    ...HEAD,
    split: 'train',
    examples: 90,
    skipped: { 'empty target': 2 },
    truncated: { source: 1, target: 0 },
  },
  {
    type: 'model-opened',
    ...HEAD,
    ref: 'm',
    revision: null,
    architecture: 't5',
    parameters: 60_000_000,
    trainable: 700_000,
  },
  {
    type: 'precision',
    ...HEAD,
    precision: 'int8',
    file: 'weights/0123-int8/model.safetensors',
    bytes: 77_000_000,
    examples: 1,
    storedLoss: 3.25,
    loss: 3.26,
    gradientDifference: 0.013,
    gradientCosine: 0.9999,
  },
  {
    type: 'planned',
    ...HEAD,
    prediction: {
      answer: 'fits',
      fits: true,
      predicted_peak_bytes: 100,
      interval_bytes: [90, 120],
      limit_bytes: 512,
      limit_from: '--memory',
      baseline_bytes: 0,
      smallest_limit_bytes: 110,
      plan: planSchema.parse({}),
      items: [{ name: 'runtime', bytes: 100, reclaimable: false, note: '' }],
      step: [{ label: 'head', bytes: 100, values_bytes: 60, session_bytes: 40 }],
      alternatives: [],
    },
  },
  { type: 'phase', ...HEAD, phase: 'train' },
  STEP,
  { type: 'evaluation', ...HEAD, step: 3, loss: 2.25, exactMatch: 0.5 },
  { type: 'checkpoint', ...HEAD, step: 3, file: 'state.safetensors', bytes: 4096 },
  { type: 'warning', ...HEAD, message: 'two lines\nstay in one' },
  {
    type: 'run-ended',
    ...HEAD,
    status: 'failed',
    step: 3,
    seconds: 9,
    error: { code: 'X', message: 'y' },
  },
];

test('every type of event has an example here', () => {
  const types = runEventSchema.options.map((option) => option.shape.type.value);
  expect(EVENTS.map((event) => event.type)).toEqual(types);
});

test.each(EVENTS.map((event) => [event.type, event] as const))(
  '%s is one line and comes back',
  (_, event) => {
    const line = encodeEvent(event);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(runEventSchema.parse(JSON.parse(line))).toEqual(event);
  },
);

test('what JSON cannot hold is refused instead of becoming null', () => {
  expect(() => encodeEvent({ ...STEP, loss: Number.NaN })).toThrowErrorMatchingInlineSnapshot(
    `[Error: internal: step event: loss: expected a number, got NaN]`,
  );
  expect(() => encodeEvent({ ...STEP, gradNorm: Infinity })).toThrow(
    'internal: step event: gradNorm',
  );
});

test('an unknown type is refused by name', () => {
  expect(runEventSchema.safeParse({ ...HEAD, type: 'stepp' }).success).toBe(false);
});

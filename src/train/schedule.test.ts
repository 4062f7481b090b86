/** @file Learning rates, against values that transformers computed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { learningRateAt, type ScheduleOptions, warmupStepsOf } from './schedule.ts';

const FIXTURES = process.env['PLIMSOLL_FIXTURES'] ?? join(process.cwd(), '../shared/fixtures');

interface TrainerRecord {
  readonly log: readonly { readonly step: number; readonly learning_rate?: number }[];
  readonly args: { readonly lr: number; readonly warmup: number; readonly schedule: 'linear' };
}

test.each(['t5', 'llama'])("the rates in the log of transformers' Trainer, %s", (model) => {
  const { log, args }: TrainerRecord = JSON.parse(
    readFileSync(join(FIXTURES, model, 'trainer_expected.json'), 'utf8'),
  );
  const recorded = log.flatMap((row) => row.learning_rate ?? []);
  expect(recorded.length).toBeGreaterThan(0);
  const options = {
    schedule: args.schedule,
    learningRate: args.lr,
    warmupSteps: args.warmup,
    totalSteps: recorded.length,
  };
  expect(rates(recorded.length, options)).toEqual(recorded.map(toClose));
});

// From transformers 4.46.3: get_linear_schedule_with_warmup and its siblings, on SGD with lr 0.01.
const RECORDED: readonly (readonly [Omit<ScheduleOptions, 'learningRate'>, readonly number[]])[] = [
  [
    { schedule: 'linear', warmupSteps: 3, totalSteps: 7 },
    [0, 0.003333333333333333, 0.006666666666666666, 0.01, 0.0075, 0.005, 0.0025, 0],
  ],
  [
    { schedule: 'cosine', warmupSteps: 3, totalSteps: 8 },
    [
      0, 0.003333333333333333, 0.006666666666666666, 0.01, 0.009045084971874737,
      0.006545084971874737, 0.003454915028125263, 0.0009549150281252633,
    ],
  ],
  [
    { schedule: 'cosine', warmupSteps: 0, totalSteps: 5 },
    [0.01, 0.009045084971874737, 0.006545084971874737, 0.003454915028125263, 0.0009549150281252633],
  ],
  [{ schedule: 'constant', warmupSteps: 2, totalSteps: 5 }, [0, 0.005, 0.01, 0.01, 0.01]],
];

test.each(RECORDED)('%j', (shape, recorded) => {
  const options = { ...shape, learningRate: 0.01 };
  expect(rates(recorded.length, options)).toEqual(recorded.map(toClose));
});

test('a run that is all warm-up never divides by zero', () => {
  const options = { learningRate: 1, warmupSteps: 4, totalSteps: 4 };
  for (const schedule of ['linear', 'cosine', 'constant'] as const)
    expect(rates(4, { ...options, schedule })).toEqual([0, 0.25, 0.5, 0.75]);
});

test('warm-up as a ratio is rounded up; steps go first', () => {
  expect(warmupStepsOf({ warmupSteps: 0, warmupRatio: 0.1 }, 41)).toBe(5);
  expect(warmupStepsOf({ warmupSteps: 7, warmupRatio: 0 }, 41)).toBe(7);
  expect(warmupStepsOf({ warmupSteps: 0, warmupRatio: 0 }, 41)).toBe(0);
});

function rates(count: number, options: ScheduleOptions): number[] {
  return Array.from({ length: count }, (_, step) => learningRateAt(step, options));
}

function toClose(value: number): unknown {
  return expect.closeTo(value, 16);
}

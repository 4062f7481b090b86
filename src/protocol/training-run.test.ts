/** @file training_run.json keeps the names that the original service's readers know. */
import { expect, test } from 'vitest';
import { planSchema } from './plan.ts';
import { runSpecSchema } from './run-spec.ts';
import { trainingRunSchema, type TrainingRun } from './training-run.ts';

const RUN: TrainingRun = {
  run_id: 'r1',
  status: 'running',
  base_model: 'm',
  method: 'lora',
  samples_used: null,
  epochs: 3,
  learning_rate: 5e-5,
  final_loss: null,
  eval_loss: null,
  exact_match: null,
  trained_at: null,
  spec: runSpecSchema.parse({
    baseModel: { ref: 'm' },
    data: { files: ['d.jsonl'] },
    method: { kind: 'lora' },
  }),
  plan: planSchema.parse({}),
  attempts: [],
  result: null,
  prediction: null,
  measured_peak_bytes: null,
  verdict: null,
  error: null,
};

test('a run that has just begun comes back from JSON as it was', () => {
  expect(trainingRunSchema.parse(JSON.parse(JSON.stringify(RUN)))).toEqual(RUN);
});

test('the names of the original are there', () => {
  const names = [
    'run_id',
    'status',
    'base_model',
    'samples_used',
    'epochs',
    'learning_rate',
    'final_loss',
    'trained_at',
  ];
  expect(Object.keys(trainingRunSchema.shape)).toEqual(expect.arrayContaining(names));
});

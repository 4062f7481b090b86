/** @file Specs as people write them: what is filled in, and what the messages say. */
import { expect, test } from 'vitest';
import { check, problemsText } from './problems.ts';
import { runSpecSchema, type RunSpecInput } from './run-spec.ts';

const SMALLEST: RunSpecInput = {
  baseModel: { ref: './model' },
  data: { files: ['home.jsonl'] },
  method: { kind: 'lora' },
};

function problems(change: object): string {
  return problemsText(check(runSpecSchema, { ...SMALLEST, ...change }).problems ?? []);
}

test('the smallest spec gets the defaults of the original program', () => {
  expect(check(runSpecSchema, SMALLEST).value).toMatchInlineSnapshot(`
    {
      "baseModel": {
        "fingerprint": null,
        "ref": "./model",
        "revision": null,
      },
      "checkpointEvery": "epoch",
      "data": {
        "files": [
          "home.jsonl",
        ],
        "fingerprint": null,
        "maxSamples": 2000,
        "query": null,
      },
      "evaluation": {
        "earlyStoppingPatience": null,
        "evalEvery": "epoch",
        "heldOutFraction": 0,
        "validData": null,
      },
      "hyperparameters": {
        "batchSize": 1,
        "betas": [
          0.9,
          0.999,
        ],
        "dropout": null,
        "epochs": 3,
        "eps": 1e-8,
        "gradientAccumulationSteps": 2,
        "learningRate": 0.00005,
        "lossAverage": "token",
        "maxGradNorm": 1,
        "maxSteps": null,
        "padToMax": false,
        "schedule": "linear",
        "seed": 42,
        "sourceMaxTokens": 384,
        "targetMaxTokens": 384,
        "warmupRatio": 0,
        "warmupSteps": 0,
        "weightDecay": 0,
      },
      "method": {
        "alpha": 16,
        "dropout": 0.05,
        "kind": "lora",
        "r": 16,
        "targetModules": [
          "q",
          "v",
        ],
      },
    }
  `);
});

test('parsing a parsed spec changes nothing', () => {
  const once = runSpecSchema.parse(SMALLEST);
  expect(runSpecSchema.parse(structuredClone(once))).toEqual(once);
});

test('messages say where, what was expected and what was there', () => {
  const cases = [
    { hyperparameters: { learningRate: 0 } },
    { hyperparameters: { learningRate: Number.NaN } },
    { hyperparameters: { epochs: 1.5, batchSize: '4', seed: -1 } },
    { hyperparameters: { schedule: 'step', betas: [0.9] } },
    { hyperparameters: { betas: [0.9, 1] } },
    { hyperparameters: { warmupSteps: 3, warmupRatio: 0.1 } },
    { method: { kind: 'prefix' } },
    { method: { kind: 'lora', dropout: 1 } },
    { method: { kind: 'lora', targetModules: [] } },
    { method: { kind: 'lora', targetModules: ['q', 7] } },
    { method: { kind: 'soft-prompt', init: 'zero' } },
    { method: { kind: 'full', r: 4 } },
    { data: { files: [] } },
    { data: undefined },
    { baseModel: { ref: '' } },
    { checkpointEvery: 0 },
    { evaluation: { validData: { files: ['v.csv'] }, heldOutFraction: 0.1 } },
    { evaluation: { earlyStoppingPatience: 2 } },
    { learningrate: 1 },
  ];
  expect(cases.map(problems)).toMatchInlineSnapshot(`
    [
      "hyperparameters.learningRate: expected more than 0, got 0",
      "hyperparameters.learningRate: expected a number, got NaN",
      "hyperparameters.epochs: expected a whole number, got 1.5; hyperparameters.batchSize: expected a number, got '4'; hyperparameters.seed: expected 0 or more, got -1",
      "hyperparameters.betas: expected a list with a length of 2 or more, got [0.9]; hyperparameters.schedule: expected one of 'linear', 'cosine', 'constant', got 'step'",
      "hyperparameters.betas.1: expected less than 1, got 1",
      "hyperparameters.warmupRatio: expected warmupSteps or warmupRatio, got both: leave one at 0",
      "method.kind: expected one of 'lora', 'soft-prompt', 'full', got 'prefix'",
      "method.dropout: expected less than 1, got 1",
      "method.targetModules: expected a list that is not empty, got []",
      "method.targetModules.1: expected a text, got 7",
      "method.init: expected 'random', or an object, got 'zero'",
      "method: expected fields that are known, got 'r'",
      "data.files: expected a list that is not empty, got []",
      "data: expected an object, got nothing",
      "baseModel.ref: expected a text that is not empty, got ''",
      "checkpointEvery: expected 1 or more, got 0",
      "evaluation.heldOutFraction: expected validData or heldOutFraction, got both: leave one out",
      "evaluation.earlyStoppingPatience: expected examples to evaluate on, got none: early stopping needs validData or heldOutFraction",
      "expected fields that are known, got 'learningrate'",
    ]
  `);
});

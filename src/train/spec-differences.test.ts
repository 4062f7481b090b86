/** @file Which changes of a spec make it another run's. */
import { expect, test } from 'vitest';
import type { RunSpec } from '#protocol';
import { sampleSpec } from './checkpoint-samples.test-support.ts';
import { specDifferences } from './spec-differences.ts';

test('a spec is the same as itself, with defaults typed or left out', () => {
  expect(specDifferences(sampleSpec(), sampleSpec())).toEqual([]);
  expect(specDifferences(sampleSpec(), sampleSpec({ hyperparameters: { epochs: 3 } }))).toEqual([]);
});

test('differences come field by field, what the checkpoint has first', () => {
  const other = sampleSpec({
    hyperparameters: { seed: 7, betas: [0.9, 0.99], maxSteps: 10 },
    checkpointEvery: 5,
  });
  expect(specDifferences(sampleSpec(), other)).toMatchInlineSnapshot(`
    [
      "checkpointEvery: expected "epoch", got 5",
      "hyperparameters.betas: expected [0.9,0.999], got [0.9,0.99]",
      "hyperparameters.maxSteps: expected null, got 10",
      "hyperparameters.seed: expected 42, got 7",
    ]
  `);
});

test('another method is named as such, not by all of its fields', () => {
  expect(specDifferences(sampleSpec(), sampleSpec({ method: { kind: 'full' } }))).toEqual([
    'method.kind: expected "lora", got "full"',
  ]);
});

test('files that were moved are the same by their fingerprint, and only by that', () => {
  const data = { files: ['elsewhere/home.jsonl'], fingerprint: 'd1' };
  const baseModel = { ref: '/models/base', fingerprint: 'w1' };
  expect(specDifferences(sampleSpec(), sampleSpec({ data, baseModel }))).toEqual([]);
  const unknown = { ...data, fingerprint: null };
  expect(
    specDifferences(sampleSpec({ data: { files: ['home.jsonl'] } }), sampleSpec({ data: unknown })),
  ).toEqual(['data.files: expected ["home.jsonl"], got ["elsewhere/home.jsonl"]']);
  const changed = sampleSpec({ data: { files: ['home.jsonl'], fingerprint: 'd2' } });
  expect(specDifferences(sampleSpec(), changed)).toEqual([
    'data.fingerprint: expected "d1", got "d2"',
  ]);
});

test('data to evaluate on counts too: it decides when a run stops early', () => {
  expect(specDifferences(withData(['a'], 'v'), withData(['b'], 'v'))).toEqual([]);
  expect(specDifferences(withData(['a'], 'v'), withData(['a'], 'w'))).toHaveLength(1);
  expect(specDifferences(sampleSpec(), withData(['a'], 'v'))).toHaveLength(1);
});

function withData(files: string[], fingerprint: string): RunSpec {
  return sampleSpec({ evaluation: { validData: { files, fingerprint } } });
}

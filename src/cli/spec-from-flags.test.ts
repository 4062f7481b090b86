import { expect, test } from 'vitest';
import { DEFAULT_RUN, planSchema, runSpecSchema } from '#protocol';
import { specFromFlags } from './spec-from-flags.ts';
import { flagName, SPEC_FLAGS } from './train-flags.ts';

const NOTHING = { spec: {}, plan: {} };
const baseModel = { ref: 'base' };
const data = { files: ['data.jsonl'] };

function specOf(flags: Record<string, unknown>, preset = NOTHING) {
  const draft = specFromFlags(new Map(Object.entries(flags)), preset);
  return {
    spec: runSpecSchema.parse({
      ...draft.spec,
      baseModel,
      data: { ...data, ...Object(draft.spec['data']) },
    }),
    plan: planSchema.parse(draft.plan),
  };
}

function fieldOf(root: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => Reflect.get(Object(value), key), root);
}

test('the defaults that the help shows are those of the schemas', () => {
  const methods = { lora: specOf({}), 'soft-prompt': specOf({ '--method': 'soft-prompt' }) };
  const shownAndSet: [string, unknown, unknown][] = [];
  for (const row of SPEC_FLAGS) {
    const { shownDefault, read, field, usage } = row;
    const value = fieldOf(methods[row.method ?? 'lora'], field);
    if (shownDefault === undefined || !read || usage.startsWith('--prompt-text')) continue;
    shownAndSet.push([flagName(row), read(shownDefault, flagName(row)), value]);
  }
  expect(shownAndSet.length).toBeGreaterThan(20);
  expect(shownAndSet.map(([flag, shown]) => [flag, shown])).toEqual(
    shownAndSet.map(([flag, , value]) => [flag, value]),
  );
});

test('the flags of the original keep their defaults', () => {
  const { spec } = specOf({});
  expect(spec.method).toEqual({
    kind: 'lora',
    r: 16,
    alpha: 16,
    dropout: 0.05,
    targetModules: ['q', 'v'],
  });
  expect(spec.data.maxSamples).toBe(2000);
  expect(spec.hyperparameters).toMatchObject({
    epochs: 3,
    learningRate: 5e-5,
    batchSize: 1,
    gradientAccumulationSteps: 2,
    sourceMaxTokens: 384,
    targetMaxTokens: 384,
  });
});

test('a flag replaces the value of the preset and leaves the others', () => {
  const { spec } = specOf({ '--epochs': 2 }, DEFAULT_RUN);
  expect(spec.hyperparameters.epochs).toBe(2);
  expect(spec.hyperparameters.learningRate).toBe(DEFAULT_RUN.spec.hyperparameters?.learningRate);
});

test("a flag of another method is refused, and so is a query for data that isn't given", () => {
  expect(() => specOf({ '--method': 'full', '--lora-r': 4 })).toThrow(/--lora-r/);
  expect(() => specOf({ '--valid-query': 'SELECT 1' })).toThrow(/--valid-data/);
});

test('another method drops what the preset says of its own', () => {
  const { spec } = specOf({ '--method': 'soft-prompt' }, DEFAULT_RUN);
  expect(spec.method).toEqual({ kind: 'soft-prompt', virtualTokens: 20, init: 'random' });
});

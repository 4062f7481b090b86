/** @file Models by their ids, of a real store and real folders. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TrainingOrder, trainingOrderSchema } from '#protocol';
import { openStore, type Store } from '#store';
import { verdictOf } from '../../protocol/verdict.test-support.ts';
import { servedModels, type ServedModels } from './served-models.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-models-'));
const root = join(folder, 'files');
let store: Store;
let models: ServedModels;
beforeAll(() => {
  store = openStore(join(folder, 'data'), { alone: true });
  for (const name of ['files/small', 'outside', 'files/no-model'])
    mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['files/small', 'outside'])
    writeFileSync(join(folder, name, 'config.json'), '{}');
  symlinkSync(join(folder, 'outside'), join(root, 'link'));
  models = servedModels(store, { roots: [root], embeddedModel: 'plimsoll-mini' });
  complete('a', {}, 'lights', 'adapter');
  complete('b', { base_model: 'small' }, null, 'model');
  complete('c', { base_model: 'google/flan-t5-small', early_stopping: 1, held_out: 0.1 }, null);
  complete('d', {}, null, null);
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function complete(
  identifier: string,
  changes: Partial<TrainingOrder>,
  suffix: string | null,
  made: string | null = 'adapter',
): void {
  const order = { ...trainingOrderSchema.parse({}), ...changes };
  const outputDir = join(folder, 'data/runs', identifier);
  const run = { identifier, order, outputDir, triggeredBy: 'somebody', retryOf: null };
  const placed = store.states.enqueue(run, false);
  if ('active' in placed) throw new Error('expected a new run');
  const { id } = placed.run;
  store.transaction(() => {
    if (suffix !== null) {
      const none = { validation_file: null, metadata: null };
      const job = { run_id: id, training_file: 'file-1', hyperparameters: '{}', ...none };
      store.jobs.add({ ...job, suffix });
    }
    store.states.predicted(id, 90, 100, {});
    store.states.begin(id, { command: ['train'], memory: 100, correction: 0 });
    const heard = { events: [], eventsRead: 1, trainer: null, run: { step: 40, of_steps: 40 } };
    store.states.heard(id, 1, heard);
    store.states.ended(id, 1, verdictOf('completed'));
    store.states.finish(id, { status: 'completed' });
  });
  if (made !== null) mkdirSync(join(outputDir, made), { recursive: true });
}

const runFolder = (name: string) => join(folder, 'data/runs', name);
const A = 'ft:plimsoll-mini:plimsoll:lights:a';

test('the list has bases, then tuned ones, the newest first', () => {
  expect(models.list().map(({ id }) => id)).toEqual([
    'plimsoll-mini',
    'small',
    'google/flan-t5-small',
    'ft:google/flan-t5-small:plimsoll::c',
    'ft:small:plimsoll::b',
    A,
  ]);
});

test.each([
  ['plimsoll-mini', 'plimsoll-mini', null],
  ['small', join(root, 'small'), null],
  [join(root, 'small'), join(root, 'small'), null],
  ['google/flan-t5-small', 'google/flan-t5-small', null],
  [A, 'plimsoll-mini', join(runFolder('a'), 'adapter')],
  [`${A}:ckpt-step-40`, 'plimsoll-mini', join(runFolder('a'), 'adapter')],
  ['ft:small:plimsoll::b', join(root, 'small'), join(runFolder('b'), 'model')],
])('%s', (id, base, tuned) => {
  expect(models.named(id)).toMatchObject({ id, base, tuned });
});

test.each([
  '',
  'no-model',
  'link',
  join(folder, 'outside'),
  '../outside',
  'google/other',
  'ft:plimsoll-mini:plimsoll::a',
  'ft:a',
  `${A}:ckpt-step-39`,
  'ft:plimsoll-mini:plimsoll::d',
  'ft:google/flan-t5-small:plimsoll::c:ckpt-step-40',
  'ft:ckpt-step-4:ckpt-step-40',
  'small\0',
])('%j is none', (id) => {
  expect(models.named(id)).toBeNull();
});

test('what a run has made is deleted, a base is not', () => {
  expect(models.remove('small')).toBe(false);
  expect(models.remove(A)).toBe(true);
  expect([models.named(A), models.remove(A)]).toEqual([null, false]);
  expect(models.named('small')).not.toBeNull();
});

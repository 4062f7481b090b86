/** @file Samples that are many: bounded where they are kept, thinned where they are asked for, and no peak lost. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trainingOrderSchema } from '#protocol';
import { openDatabase } from './open-database.ts';
import { connectionOf } from './query.ts';
import { sampleStore } from './samples.ts';
import { openStore, type Store } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-samples-'));
let store: Store;
beforeAll(() => {
  store = openStore(folder, { alone: true });
});
afterAll(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const at = (i: number) => new Date(1_700_000_000_000 + i * 1000).toISOString();

let made = 0;
function newRun(): number {
  const run = {
    identifier: `run_${made++}`,
    order: trainingOrderSchema.parse({}),
    outputDir: join(folder, 'runs'),
    triggeredBy: 'somebody',
    retryOf: null,
  };
  const placed = store.states.enqueue(run, false);
  if ('active' in placed) throw new Error('expected a new run');
  return placed.run.id;
}

function addAll(run: number, count: number) {
  store.transaction(() => {
    for (let i = 0; i < count; i++) {
      const unreclaimable = i === PEAK ? 5_000_000 : i === DIP ? 0 : 1000 + (i % 7);
      store.samples.add(run, { attempt: 1, time: at(i), unreclaimable, file: i });
    }
  });
}

const PEAK = 31_416;
const DIP = 77_001;

test('of 100,000 samples some thousand are told: the highest and the lowest of each stretch', () => {
  const id = newRun();
  addAll(id, 100_000);
  const told = store.samples.of(id, { points: 2000 });
  expect(told.length).toBeLessThanOrEqual(2002);
  expect(told.length).toBeGreaterThan(1500);
  expect(told.map(({ time }) => time)).toEqual(told.map(({ time }) => time).toSorted());
  expect(told).toContainEqual({ attempt: 1, time: at(PEAK), unreclaimable: 5_000_000, file: PEAK });
  expect(told).toContainEqual({ attempt: 1, time: at(DIP), unreclaimable: 0, file: DIP });
});

test('of a range each one is told where they are few enough, the ends included', () => {
  const id = newRun();
  addAll(id, 500);
  const range = { points: 200, from: at(100), to: at(199) };
  const told = store.samples.of(id, range);
  expect(told.map(({ time }) => time)).toEqual(Array.from({ length: 100 }, (_, i) => at(100 + i)));
  expect(store.samples.of(id, { points: 10, from: at(1000) })).toEqual([]);
});

test('what is kept of an attempt is bounded: thinned in the older half, with its first and last', () => {
  const own = mkdtempSync(join(tmpdir(), 'plimsoll-samples-'));
  openStore(own, { alone: true }).close();
  const database = openDatabase(own);
  database.pragma('foreign_keys = OFF');
  const samples = sampleStore(connectionOf(database), 60);
  for (let i = 0; i < 300; i++)
    samples.add(1, { attempt: 1, time: at(i), unreclaimable: i, file: 0 });
  const kept = samples.of(1, { points: 1000 });
  expect(kept.length).toBeLessThanOrEqual(60);
  expect(kept.length).toBeGreaterThanOrEqual(30);
  expect(kept[0]?.time).toBe(at(0));
  expect(kept.at(-1)?.time).toBe(at(299));
  database.close();
  rmSync(own, { recursive: true });
});

test('the newest is that of the last attempt', () => {
  const id = newRun();
  expect(store.samples.last(id)).toBeNull();
  addAll(id, 25);
  expect(store.samples.last(id)).toMatchObject({ attempt: 1, time: at(24) });
  store.samples.add(id, { attempt: 2, time: at(3), unreclaimable: 7, file: 1 });
  expect(store.samples.last(id)).toMatchObject({ attempt: 2, time: at(3), unreclaimable: 7 });
});

test('page after page has each once', () => {
  const id = newRun();
  addAll(id, 25);
  store.samples.add(id, { attempt: 2, time: at(3), unreclaimable: 1, file: 1 });
  const first = store.samples.after(id, { attempt: 0, time: '' }, 20);
  const second = store.samples.after(id, first.at(-1) ?? { attempt: 0, time: '' }, 20);
  expect(first).toHaveLength(20);
  expect(second).toHaveLength(6);
  expect(second.at(-1)).toMatchObject({ attempt: 2, time: at(3) });
});

test('steps that are many are told as means of stretches, the last one as it is last', () => {
  const id = newRun();
  const steps = Array.from({ length: 1000 }, (_, i) => ({
    type: 'step',
    data: { step: i + 1, loss: i < 500 ? 4 : 2, tokensPerSecond: 10, learningRate: 1e-3 / (i + 1) },
  }));
  const evaluation = { type: 'evaluation', data: { step: 1000, loss: 1.5, exactMatch: 0.25 } };
  store.events.append(id, [...steps, evaluation]);
  const { steps: told, evaluations } = store.events.progress(id, 10);
  expect(told).toHaveLength(10);
  expect(told[0]).toMatchObject({ step: 100, loss: 4, tokensPerSecond: 10 });
  expect(told[9]).toMatchObject({ step: 1000, loss: 2, learningRate: 1e-6 });
  expect(evaluations).toMatchObject([{ step: 1000, loss: 1.5, exactMatch: 0.25 }]);
  const few = store.events.progress(id, 5000).steps;
  expect(few).toHaveLength(1000);
  expect(few[499]).toMatchObject({ step: 500, loss: 4 });
  expect(store.events.after(0, 10, id, 'step').map(({ type }) => type)).toEqual([
    'queued',
    'evaluation',
  ]);
});

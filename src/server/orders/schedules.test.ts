/** @file Schedules on a real store: what is ordered when their time has come. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newScheduleSchema } from '#protocol';
import { openStore, type Store } from '#store';
import { allowedCommands } from './allowed-commands.ts';
import { runOrders } from './run-orders.ts';
import { type Schedules, schedulesOf } from './schedules.ts';

let folder: string;
let store: Store;
let schedules: Schedules;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-schedules-'));
  store = openStore(folder, { alone: true });
  const places = { roots: [folder], embeddedModel: 'plimsoll-mini' };
  const commands = allowedCommands([]);
  const settings = { dataDir: folder, exclusive: false };
  const orders = runOrders({ store, places, commands, settings, poke: () => {} });
  schedules = schedulesOf({ store, orders, log: { info: () => {}, error: () => {} } });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const LONG_AGO = '2026-01-01T00:00:00.000Z';

function make(order: object = {}): number {
  const every = { name: 'every', cron: '* * * * *', order };
  const made = store.schedules.create(newScheduleSchema.parse(every), 'somebody', LONG_AGO);
  if (!made) throw new Error('expected a new schedule');
  return made.id;
}

const again = (id: number) =>
  store.schedules.passed(id, { at: LONG_AGO, next: LONG_AGO, run: null, problem: null });
const one = () => store.schedules.list()[0];
const runs = () => store.runs.list({ limit: 9 }).map(({ id }) => id);

test('what was due while the service was away is ordered once, and then at the next time', () => {
  make({ training_type: 'nightly', priority: 3 });
  schedules.look();
  schedules.look();
  expect(store.runs.list({ limit: 9 })).toMatchObject([
    { training_type: 'nightly', priority: 3, triggered_by: 'schedule every', status: 'queued' },
  ]);
  const [id] = runs();
  expect(one()).toMatchObject({ lastAt: LONG_AGO, lastRun: id, lastProblem: null });
  expect(Date.parse(one()?.nextAt ?? '')).toBeGreaterThan(Date.now());
});

test('one run of a schedule at a time', () => {
  const id = make();
  schedules.look();
  const [first = 0] = runs();
  again(id);
  schedules.look();
  expect(runs()).toEqual([first]);
  expect(one()).toMatchObject({
    lastRun: first,
    lastProblem: `run ${first} of the time before was still queued`,
  });
  store.states.askCancel(first);
  again(id);
  schedules.look();
  expect(runs()).toHaveLength(2);
  expect(one()).toMatchObject({ lastRun: runs()[0], lastProblem: null });
});

test('what cannot be ordered any more is told, and tried again at the next time', () => {
  make({ data: '../elsewhere.jsonl' });
  schedules.look();
  expect(runs()).toEqual([]);
  expect(one()).toMatchObject({ lastRun: null, lastProblem: expect.stringContaining('data') });
});

test('a name is given once; what was deleted is not due', () => {
  make();
  expect(() => make()).toThrow('expected a new schedule');
  expect(store.schedules.remove('every')).toMatchObject({ name: 'every' });
  expect(store.schedules.remove('every')).toBeNull();
  schedules.look();
  expect(runs()).toEqual([]);
});

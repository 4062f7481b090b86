/** @file The store on a real file: what is stored after each step, and what may never be. */
import Database from 'better-sqlite3';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { trainingOrderSchema, type Verdict } from '#protocol';
import { verdictOf } from '../protocol/verdict.test-support.ts';
import { openStore, type Store } from './store.ts';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-store-'));
  store = openStore(folder, { alone: true });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

let made = 0;
function enqueue(order: object = {}, alone = false) {
  return store.states.enqueue(
    {
      identifier: `run_${made++}`,
      order: trainingOrderSchema.parse(order),
      outputDir: join(folder, 'runs'),
      triggeredBy: 'somebody',
      retryOf: null,
    },
    alone,
  );
}

function queued(order: object = {}): number {
  const answer = enqueue(order);
  if ('active' in answer) throw new Error('expected a new run');
  return answer.run.id;
}

/** A run with its first attempt under way. */
function running(): number {
  const id = queued();
  store.states.predicted(id, 90, 100, {});
  expect(store.states.begin(id, ATTEMPT)).toBe(1);
  store.states.launched(id, 1, 'handle');
  return id;
}

function typesAfter(seq: number): string[] {
  return store.events.after(seq, 100).map(({ type }) => type);
}

const ATTEMPT = { command: ['train'], memory: 100, correction: 0 };
const KILLED: Verdict = verdictOf('oom-own-limit');

describe('a run', () => {
  test('goes from queued to completed, and each step is an event', () => {
    const id = running();
    store.states.ended(id, 1, verdictOf('completed'));
    store.states.finish(id, { status: 'completed' });
    expect(store.runs.byId(id)).toMatchObject({
      status: 'completed',
      predicted_bytes: 90,
      share_bytes: 100,
      error_message: null,
    });
    expect(store.runs.attempts([id])).toMatchObject([
      { number: 1, state: 'ended', peak_bytes: 100 },
    ]);
    expect(store.events.after(0, 100).map(({ type }) => type)).toEqual([
      'queued',
      'predicted',
      'attempt-started',
      'attempt-ended',
      'finished',
    ]);
  });

  test('is paused while it waits, and waits on without a place until it is resumed', () => {
    const id = queued();
    const { states, runs } = store;
    expect([states.resume(id), states.askPause(id), states.askPause(id)]).toEqual([
      false,
      'paused',
      'paused',
    ]);
    expect(runs.queued()).toEqual([]);
    expect(states.begin(id, ATTEMPT)).toBeNull();
    expect(states.resume(id)).toBe(true);
    expect(runs.queued()).toMatchObject([{ id, pause_asked_at: null }]);
    const types = store.events.after(0, 100).map(({ type }) => type);
    expect(types).toEqual(['queued', 'pause-asked', 'paused', 'resumed']);
  });

  test('is paused while it runs: it gives its place back when its attempt has ended', () => {
    const id = running();
    const { states, runs } = store;
    expect(states.askPause(id)).toBe('asked');
    expect(() => states.paused(id)).toThrow(/internal: run 1/);
    states.ended(id, 1, verdictOf('cancelled'));
    expect(states.begin(id, ATTEMPT)).toBeNull();
    states.paused(id);
    expect(runs.byId(id)).toMatchObject({ status: 'queued', started_at: null, share_bytes: 100 });
    expect([runs.running(), runs.queued()]).toEqual([[], []]);
    expect(enqueue({}, true)).toEqual({ active: id });
    expect(() => states.goOn(id)).toThrow(/internal: run 1/);
    states.resume(id);
    states.goOn(id);
    const [first] = runs.attempts([id]);
    expect(runs.byId(id)).toMatchObject({ status: 'running', started_at: first?.started_at });
    expect(first).toMatchObject({ number: 1, paused: 1 });
    expect(states.begin(id, ATTEMPT)).toBe(2);
    expect(runs.attempts([id])[1]).toMatchObject({ paused: 0 });
  });

  test('that is paused is cancelled at once; one that has ended or is to end is not paused', () => {
    const id = queued();
    store.states.askPause(id);
    expect(store.states.askCancel(id)).toBe('cancelled');
    expect(store.runs.byId(id)).toMatchObject({ status: 'cancelled', pause_asked_at: null });
    const other = running();
    store.states.askCancel(other);
    expect([store.states.askPause(id), store.states.askPause(other)]).toEqual([null, null]);
  });

  test('has one live attempt at a time, also where two ask for one', () => {
    const id = running();
    expect(store.states.begin(id, ATTEMPT)).toBeNull();
    store.states.ended(id, 1, KILLED);
    expect(store.states.begin(id, ATTEMPT)).toBe(2);
  });

  test('whose process never began waits again, as if nothing had been', () => {
    const id = queued();
    store.states.predicted(id, 90, 100, {});
    store.states.begin(id, ATTEMPT);
    store.states.unbegun(id, 1);
    expect(store.runs.byId(id)).toMatchObject({ status: 'queued', started_at: null });
    expect(store.runs.attempts([id])).toEqual([]);
  });

  test('that waits is cancelled at once; one that runs is asked, and begins nothing more', () => {
    const waiting = queued();
    expect(store.states.askCancel(waiting)).toBe('cancelled');
    expect(store.states.askCancel(waiting)).toBeNull();
    const id = running();
    expect(store.states.askCancel(id)).toBe('asked');
    store.states.ended(id, 1, KILLED);
    expect(store.states.begin(id, ATTEMPT)).toBeNull();
  });

  test('that has ended cannot end again, and only such a one can be removed, with all that is its', () => {
    const id = running();
    expect(store.states.remove(id)).toBe(false);
    store.states.ended(id, 1, KILLED);
    store.states.finish(id, { status: 'failed', errorMessage: 'why' });
    expect(() => store.states.finish(id, { status: 'completed' })).toThrow(/failed -> completed/);
    expect(store.states.remove(id)).toBe(true);
    expect(store.states.remove(id)).toBe(false);
    expect(store.events.before(1e6, 100, id)).toEqual([]);
    expect(store.runs.attempts([id])).toEqual([]);
    expect(queued()).toBeGreaterThan(id);
  });

  test('of a higher priority begins before older ones, until it has ended', () => {
    const [first, second, third] = [queued(), queued({ priority: 1 }), queued()];
    const order = () => store.runs.queued().map(({ id }) => id);
    expect(order()).toEqual([second, first, third]);
    const before = store.events.last();
    expect(store.states.prioritize(third, 2)).toBe(true);
    expect(store.states.prioritize(third, 2)).toBe(true); // as it is already
    expect(order()).toEqual([third, second, first]);
    expect(store.events.after(before, 9)).toMatchObject([
      { run: third, type: 'prioritized', data: { priority: 2 } },
    ]);
    store.states.askCancel(third);
    expect(store.states.prioritize(third, 3)).toBe(false);
    expect(store.states.prioritize(99, 3)).toBe(false);
    expect(store.runs.byId(third)?.priority).toBe(2);
  });

  test('that is removed is told in the order of events, also to those who come later', () => {
    const id = running();
    store.states.ended(id, 1, KILLED);
    store.states.finish(id, { status: 'failed' });
    const before = store.events.last();
    const heard: string[] = [];
    const stop = store.events.onNew(() => heard.push(...typesAfter(before)));
    store.states.remove(id);
    stop();
    expect(heard).toEqual(['deleted']); // once, and only when the run is no more
    expect(store.events.last()).toBe(before + 1);
    expect(store.events.after(0, 100, id)).toEqual([
      { seq: before + 1, run: id, time: expect.any(String), type: 'deleted', data: {} },
    ]);
    const other = queued();
    expect(store.events.jsonAfter(before, 100).map(({ json }) => JSON.parse(json))).toMatchObject([
      { seq: before + 1, run: id, type: 'deleted', data: {} },
      { seq: before + 2, run: other, type: 'queued' },
    ]);
  });

  test('is told of without looking at all there ever was', () => {
    const raw = new Database(join(folder, 'plimsoll.db'), { readonly: true });
    const steps = raw
      .prepare('EXPLAIN QUERY PLAN SELECT seq, data FROM told WHERE seq > 9 ORDER BY seq LIMIT 100')
      .all();
    raw.close();
    const plan = JSON.stringify(steps);
    expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
    expect(plan.match(/SEARCH \w+ USING INTEGER PRIMARY KEY/g)).toHaveLength(2);
  });

  test('of a type that is active is refused where it is to be alone, by the id of the other', () => {
    const id = queued({ training_type: 'gnn' });
    expect(enqueue({ training_type: 'gnn' }, true)).toEqual({ active: id });
    expect(enqueue({ training_type: 'other' }, true)).toHaveProperty('run');
    expect(enqueue({ training_type: 'gnn' }, false)).toHaveProperty('run');
  });

  test('what may not be is refused by the tables themselves', () => {
    const id = queued();
    const raw = new Database(join(folder, 'plimsoll.db'));
    for (const change of ["status = 'completed'", "finished_at = 'now'", "status = 'lost'"]) {
      expect(() => raw.exec(`UPDATE runs SET ${change} WHERE id = ${id}`)).toThrow(/CHECK/);
    }
    raw.close();
  });
});

test('a step that throws leaves nothing of itself', () => {
  const id = running();
  expect(() =>
    store.transaction(() => {
      store.states.ended(id, 1, KILLED);
      throw new Error('in between');
    }),
  ).toThrow('in between');
  expect(store.runs.attempts([id])).toMatchObject([{ state: 'live', verdict: null }]);
  expect(store.events.after(0, 100).at(-1)?.type).toBe('attempt-started');
});

test('runs wait by priority, then by age', () => {
  const [low, first, second] = [queued({ priority: -1 }), queued(), queued()];
  const high = queued({ priority: 5 });
  expect(store.runs.queued().map(({ id }) => id)).toEqual([high, first, second, low]);
});

test('lists are by pages, type and status; old runs are those beyond the newest that are kept', () => {
  const ids = [queued(), queued({ training_type: 'gnn' }), queued(), queued()];
  for (const id of ids) store.states.askCancel(id);
  const newest = ids.toReversed();
  expect(store.runs.list({ limit: 2 }).map(({ id }) => id)).toEqual(newest.slice(0, 2));
  expect(store.runs.list({ limit: 9, before: newest[1] }).map(({ id }) => id)).toEqual(
    newest.slice(2),
  );
  expect(store.runs.list({ limit: 9, type: 'gnn' }).map(({ id }) => id)).toEqual([ids[1]]);
  const later = new Date(Date.now() + 1000).toISOString();
  const old = (type?: string) => store.runs.old({ before: later, keep: 1, type });
  expect(old().map(({ id }) => id)).toEqual(ids.slice(0, 3));
  expect(old('gnn')).toEqual([]);
  expect(store.runs.old({ before: '2000-01-01T00:00:00.000Z', keep: 0 })).toEqual([]);
});

test('a token is found by its text and kept as a hash; a revoked one is none', () => {
  expect(store.tokens.any()).toBe(false);
  const { token, ...told } = store.tokens.create({ name: 'ci', scope: 'run' });
  expect(store.tokens.find(token)).toMatchObject({ id: told.id, scope: 'run' });
  expect(store.tokens.find(`${token}x`)).toBeNull();
  const raw = new Database(join(folder, 'plimsoll.db'), { readonly: true });
  expect(JSON.stringify(raw.prepare('SELECT * FROM tokens').all())).not.toContain(token);
  raw.close();
  expect(store.tokens.revoke(told.id)?.revokedAt).not.toBeNull();
  expect(store.tokens.find(token)).toBeNull();
  expect(store.tokens.revoke(99)).toBeNull();
});

test('a session stands for its token until it expires, is ended, or the token is revoked', () => {
  const { token: _, ...token } = store.tokens.create({ name: 'eyes', scope: 'read' });
  const { id } = store.sessions.begin(token, 60);
  expect(id).toMatch(/^[\w-]{43}$/);
  expect(store.sessions.find(id)?.token).toMatchObject({ name: 'eyes', scope: 'read' });
  expect(store.sessions.find(`${id}x`)).toBeNull();
  const raw = new Database(join(folder, 'plimsoll.db'), { readonly: true });
  expect(JSON.stringify(raw.prepare('SELECT * FROM sessions').all())).not.toContain(id);
  const old = store.sessions.begin(token, 0);
  expect(store.sessions.find(old.id)).toBeNull();
  const other = store.sessions.begin(token, 60);
  expect(raw.prepare('SELECT count(*) AS n FROM sessions').get()).toEqual({ n: 2 });
  raw.close();
  store.sessions.end(other.id);
  expect(store.sessions.find(other.id)).toBeNull();
  expect(store.sessions.isRevoked(id)).toBe(false);
  store.tokens.revoke(token.id);
  expect(store.sessions.find(id)).toBeNull();
  expect([id, old.id, other.id].map((each) => store.sessions.isRevoked(each))).toEqual([
    true,
    false,
    false,
  ]);
});

test('listeners hear of what was committed, once it was', () => {
  const heard: number[] = [];
  const stop = store.events.onNew(() => heard.push(store.events.last()));
  const id = queued();
  expect(heard).toEqual([store.events.last()]);
  stop();
  store.states.askCancel(id);
  expect(heard).toHaveLength(1);
});

test('listeners hear of what another process has committed, once it is looked for', () => {
  const { id } = store.tokens.create({ name: 'eyes', scope: 'read' });
  store.lookElsewhere();
  let heard = 0;
  const stop = store.events.onNew(() => heard++);
  store.lookElsewhere();
  expect(heard).toBe(0);
  const other = openStore(folder, { alone: false });
  other.tokens.revoke(id);
  other.close();
  store.lookElsewhere();
  expect(heard).toBe(1);
  store.lookElsewhere();
  expect(heard).toBe(1);
  stop();
});

describe('a data folder', () => {
  test("is one service's at a time; the command line may look in", () => {
    expect(() => openStore(folder, { alone: true })).toThrow(/which one uses now/);
    openStore(folder, { alone: false }).close();
  });

  test('is told from others, also when it is opened again', () => {
    const { service } = store;
    expect(service).toMatch(/^[0-9a-f]{8}$/);
    const other = openStore(join(folder, 'other'), { alone: true });
    expect(other.service).not.toBe(service);
    other.close();
    store.close();
    store = openStore(folder, { alone: true });
    expect(store.service).toBe(service);
  });

  test('keeps its runs when it is opened again', () => {
    const id = running();
    store.close();
    store = openStore(folder, { alone: true });
    expect(store.runs.byId(id)).toMatchObject({ status: 'running' });
  });

  test('of a newer version is refused and left alone', () => {
    store.close();
    const file = join(folder, 'plimsoll.db');
    const raw = new Database(file);
    const format = raw.pragma('user_version', { simple: true });
    raw.pragma('user_version = 99');
    raw.close();
    expect(() => openStore(folder, { alone: true })).toThrow(
      /expected a database of format \d+ or older, got format 99/,
    );
    const after = new Database(file);
    expect(after.pragma('user_version', { simple: true })).toBe(99);
    after.pragma(`user_version = ${Number(format)}`);
    after.close();
    store = openStore(folder, { alone: true });
  });

  test('with something else in the place of the database is refused', () => {
    const other = mkdtempSync(join(tmpdir(), 'plimsoll-store-'));
    writeFileSync(
      join(other, 'plimsoll.db'),
      'these are not the tables you are looking for'.repeat(9),
    );
    expect(() => openStore(other, { alone: true })).toThrow(/it is not a SQLite database/);
    rmSync(other, { recursive: true });
  });
});

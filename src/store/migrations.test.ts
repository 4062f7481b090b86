/** @file A database as the first version made and filled it, brought to today's format: nothing lost, nothing missing. */
import Database from 'better-sqlite3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verdictOf } from '../protocol/verdict.test-support.ts';
import { FORMAT, formatOf, migrate } from './migrations.ts';
import { openStore } from './store.ts';

/** As version 1 made it. Recorded: it changes no more, whatever migrations.ts says. */
const TABLES_V1 = `
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- an id is never given twice, also after a deletion
    identifier TEXT NOT NULL UNIQUE,
    training_type TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    priority INTEGER NOT NULL,
    training_order TEXT NOT NULL,
    triggered_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    output_dir TEXT NOT NULL,
    base_model TEXT,
    dataset_size INTEGER,
    final_loss REAL,
    step INTEGER,
    of_steps INTEGER,
    predicted_bytes INTEGER,
    share_bytes INTEGER,
    error_code TEXT,
    error_message TEXT,
    cancel_asked_at TEXT,
    retry_of INTEGER,
    CHECK ((finished_at IS NULL) = (status IN ('queued', 'running'))),
    CHECK (status <> 'queued' OR started_at IS NULL),
    CHECK (status NOT IN ('running', 'completed') OR (started_at IS NOT NULL AND share_bytes IS NOT NULL))
  ) STRICT;
  CREATE INDEX runs_by_status ON runs (status);
  CREATE INDEX runs_by_type ON runs (training_type, id);

  CREATE TABLE attempts (
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number >= 1),
    state TEXT NOT NULL CHECK (state IN ('live', 'ended')),
    handle TEXT,
    command TEXT NOT NULL,
    memory_bytes INTEGER NOT NULL,
    correction_bytes INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    verdict TEXT,
    trainer TEXT,
    peak_bytes INTEGER,
    events_read INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, number),
    CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
    CHECK ((state = 'ended') = (verdict IS NOT NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX one_live_attempt ON attempts (run_id) WHERE state = 'live';

  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, -- a client that was away asks for those after the last it saw
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    time TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_run ON events (run_id, seq);

  CREATE TABLE samples (
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    time TEXT NOT NULL,
    unreclaimable INTEGER NOT NULL,
    file INTEGER NOT NULL,
    PRIMARY KEY (run_id, attempt, time)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('read', 'run', 'admin')),
    hash TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    last_used_at TEXT,
    revoked_at TEXT
  ) STRICT;

  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    token_id INTEGER,
    who TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    status INTEGER NOT NULL
  ) STRICT;
`;

const TIME = '2026-01-02T03:04:05.000Z';
const VERDICT = JSON.stringify(verdictOf('oom-own-limit'));

/** One run of each status; the second was killed, and goes on. */
const ROWS_V1 = `
  INSERT INTO runs (id, identifier, training_type, status, priority, training_order, triggered_by, created_at,
    started_at, finished_at, output_dir, base_model, dataset_size, final_loss, step, of_steps, predicted_bytes,
    share_bytes, error_code, error_message, cancel_asked_at, retry_of)
  VALUES
    (3, 'run_3', 'soft_prompt', 'completed', 0, '{"training_type":"soft_prompt","priority":0}', 'first', '${TIME}',
      '${TIME}', '${TIME}', '/data/runs/run_3', 'plimsoll-mini', 40, 0.5, 4, 4, 90, 100, NULL, NULL, NULL, NULL),
    (5, 'run_5', 'soft_prompt', 'running', 2, '{"training_type":"soft_prompt","priority":2,"epochs":3}', 'first',
      '${TIME}', '${TIME}', NULL, '/data/runs/run_5', NULL, NULL, NULL, 1, 9, 90, 100, NULL, NULL, NULL, 3),
    (6, 'run_6', 'nightly', 'queued', 0, '{"training_type":"nightly","priority":0}', 'schedule', '${TIME}',
      NULL, NULL, '/data/runs/run_6', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (7, 'run_7', 'nightly', 'failed', 0, '{"training_type":"nightly","priority":0}', 'first', '${TIME}',
      NULL, '${TIME}', '/data/runs/run_7', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'RUN_CANNOT_FIT', 'no', NULL, NULL);
  INSERT INTO attempts (run_id, number, state, handle, command, memory_bytes, correction_bytes, started_at, ended_at,
    verdict, trainer, peak_bytes, events_read)
  VALUES
    (5, 1, 'ended', '/a', '["train"]', 100, 0, '${TIME}', '${TIME}', '${VERDICT}', NULL, 99, 10),
    (5, 2, 'live', '/b', '["train"]', 100, 7, '${TIME}', NULL, NULL, NULL, NULL, 20);
  INSERT INTO events (seq, run_id, time, type, data) VALUES
    (11, 5, '${TIME}', 'queued', '{}'),
    (12, 5, '${TIME}', 'step', '{"step":1,"of":9,"loss":2.5}');
  INSERT INTO samples (run_id, attempt, time, unreclaimable, file) VALUES (5, 1, '${TIME}', 90, 9);
  INSERT INTO tokens (id, name, scope, hash, created_at, last_used_at, revoked_at)
  VALUES (1, 'first', 'admin', 'abc', '${TIME}', NULL, NULL);
  INSERT INTO audit (id, time, token_id, who, address, action, status)
  VALUES (1, '${TIME}', 1, 'first', '127.0.0.1', 'POST /', 202);
`;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-migrations-'));
  file = join(folder, 'plimsoll.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

function writeV1(): void {
  const database = new Database(file);
  database.exec(TABLES_V1);
  database.exec(ROWS_V1);
  database.pragma('user_version = 1');
  database.close();
}

/** Tables and indices, with each column's type, default, and whether it may be null. */
function formOf(database: Database.Database): object {
  const names = database.prepare('SELECT name FROM sqlite_master ORDER BY name').pluck().all();
  return Object.fromEntries(
    names.map((name) => [name, database.pragma(`table_xinfo(${String(name)})`)]),
  );
}

test('all that was stored is there, and goes on from where it was', () => {
  writeV1();
  const store = openStore(folder, { alone: true });
  try {
    expect(store.runs.list({ limit: 9 }).map(({ id, status }) => [id, status])).toEqual([
      [7, 'failed'],
      [6, 'queued'],
      [5, 'running'],
      [3, 'completed'],
    ]);
    expect(store.runs.byId(3)).toMatchObject({ final_loss: 0.5, command_order: null });
    expect(store.runs.attempts([5]).map(({ state, peak_bytes: peak }) => [state, peak])).toEqual([
      ['ended', 99],
      ['live', null],
    ]);
    expect(store.events.after(0, 9).map(({ seq, type }) => [seq, type])).toEqual([
      [11, 'queued'],
      [12, 'step'],
    ]);
    expect(store.tokens.list()).toMatchObject([{ name: 'first', scope: 'admin' }]);
    expect(store.audit.list(9)).toMatchObject([{ action: 'POST /' }]);

    store.states.ended(5, 2, verdictOf('completed'));
    store.states.finish(5, { status: 'completed' });
    expect(store.runs.byId(5)?.status).toBe('completed');
    const order = { training_type: 'nightly', priority: 0 };
    const run = { identifier: 'new', order, outputDir: '/data/new', triggeredBy: 'a', retryOf: 7 };
    const made = store.states.enqueue(run, false);
    expect(made, 'an id is never given twice').toMatchObject({ run: { id: 8 } });
    expect(store.states.remove(3)).toBe(true);
  } finally {
    store.close();
  }
});

test('it has the form of one that is made today', () => {
  writeV1();
  const [old, made] = [new Database(file), new Database(':memory:')];
  try {
    migrate(old);
    migrate(made);
    expect(formatOf(old)).toBe(FORMAT);
    expect(formOf(old)).toEqual(formOf(made));
    expect(old.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(old.pragma('foreign_key_check')).toEqual([]);
  } finally {
    old.close();
    made.close();
  }
});

/**
 * @file The steps from an empty file to the tables of today, in order. SQLite's user_version says how many are
 * done. A step that has been released is never edited: what changes is a step of its own.
 *
 * What may never be is forbidden by the tables themselves, so that no mistake in the code can write it.
 */
import type Database from 'better-sqlite3';

const STEPS: readonly string[] = [
  `
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
  `,
  `
  CREATE TABLE schedules (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    cron TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    training_order TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    next_at TEXT NOT NULL,
    last_at TEXT,
    last_run INTEGER,
    last_problem TEXT
  ) STRICT;
  CREATE INDEX schedules_by_time ON schedules (next_at);
  `,
  `
  ALTER TABLE runs ADD COLUMN command_order TEXT;
  `,
  `
  CREATE TABLE files (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('fine-tune', 'fine-tune-results')),
    bytes INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    run_id INTEGER REFERENCES runs (id) ON DELETE CASCADE,
    CHECK ((purpose = 'fine-tune-results') = (run_id IS NOT NULL))
  ) STRICT;
  CREATE INDEX files_by_run ON files (run_id);

  CREATE TABLE jobs (
    run_id INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    training_file TEXT NOT NULL,
    validation_file TEXT,
    suffix TEXT,
    hyperparameters TEXT NOT NULL,
    metadata TEXT,
    results TEXT NOT NULL DEFAULT 'due' CHECK (results IN ('due', 'made', 'none')),
    trained_tokens INTEGER
  ) STRICT;
  CREATE INDEX jobs_due ON jobs (run_id) WHERE results = 'due';

  ALTER TABLE runs ADD COLUMN pause_asked_at TEXT CHECK (pause_asked_at IS NULL OR finished_at IS NULL);
  ALTER TABLE attempts ADD COLUMN paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1));
  `,
  `
  CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,
    token_id INTEGER NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE deletions (
    seq INTEGER PRIMARY KEY, -- among those of events
    run_id INTEGER NOT NULL, -- of a run that is no more
    time TEXT NOT NULL
  ) STRICT;
  CREATE INDEX deletions_by_run ON deletions (run_id, seq);
  CREATE VIEW told AS -- of one affinity in each column, or SQLite would read all of it for each page
    SELECT seq, run_id, time, type, data FROM events
    UNION ALL SELECT seq, run_id, time, CAST('deleted' AS TEXT), CAST('{}' AS TEXT) FROM deletions;
  `,
  `
  CREATE TABLE service (id TEXT NOT NULL) STRICT; -- one row: it tells this service from others on its host
  INSERT INTO service VALUES (lower(hex(randomblob(4))));
  `,
];

/** The newest format that this version knows. */
export const FORMAT = STEPS.length;

/** Each step whole or not at all. */
export function migrate(database: Database.Database): void {
  const done = formatOf(database);
  for (const [i, step] of STEPS.entries()) {
    if (i < done) continue;
    const apply = database.transaction(() => {
      database.exec(step);
      database.pragma(`user_version = ${i + 1}`);
    });
    apply.immediate();
  }
}

export function formatOf(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

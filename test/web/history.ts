/** @file A past for a service to show: 10,000 runs, one of 100,000 samples, one that ran out of memory twice. */
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { trainingOrderSchema, type Verdict } from '#protocol';
import { openStore } from '#store';
import { verdictOf } from '../../src/protocol/verdict.test-support.ts';

export const MANY_RUNS = 10_000;
export const MANY_SAMPLES = 100_000;

export interface Past {
  /** completed, after MANY_SAMPLES seconds */
  readonly long: number;
  /** failed, after two attempts that the kernel ended */
  readonly killed: number;
}

const MIB = 2 ** 20;
const LIMIT = 512 * MIB;

/** @param dataDir of a service that does not run */
export function makePast(dataDir: string): Past {
  const store = openStore(dataDir, { alone: true });
  const newRun = (order: object): number => {
    const run = {
      identifier: `run_${Math.random().toString(36).slice(2)}`,
      order: trainingOrderSchema.parse(order),
      outputDir: join(dataDir, 'runs', 'none'),
      triggeredBy: 'somebody',
      retryOf: null,
    };
    const placed = store.states.enqueue(run, false);
    if ('active' in placed) throw new Error('expected a new run');
    const { id } = placed.run;
    store.states.predicted(id, 410 * MIB, LIMIT, { predicted_peak_bytes: 410 * MIB });
    return id;
  };
  const begin = (id: number): void => {
    const number = store.states.begin(id, { command: ['train'], memory: LIMIT, correction: 0 });
    store.states.launched(id, number ?? 0, 'handle');
  };
  const [long, killed] = store.transaction(() => [
    newRun({ training_type: 'household', base_model: 'google/flan-t5-small' }),
    newRun({ training_type: 'household', base_model: 'google/flan-t5-base' }),
  ]);
  begin(long);
  store.transaction(() => {
    for (let i = 0; i < MANY_SAMPLES; i++) {
      const unreclaimable = i === PEAK_AT ? PEAK : waterAt(i / MANY_SAMPLES, i);
      store.samples.add(long, { attempt: 1, time: at(i), unreclaimable, file: 30 * MIB });
    }
    store.states.ended(long, 1, { ...verdictOf('completed'), peak_bytes: PEAK });
    store.states.finish(long, { status: 'completed' });
  });
  store.transaction(() => {
    for (const attempt of [1, 2]) {
      begin(killed);
      for (let i = 0; i < 300; i++) {
        const unreclaimable = Math.round(Math.min(60 + i * 1.55, 505 + (i % 3)) * MIB);
        const file = Math.max(LIMIT - unreclaimable - 5 * MIB, 2 * MIB) / (i < 40 ? 4 : 2);
        const time = at((attempt - 1) * 320 + i);
        store.samples.add(killed, { attempt, time, unreclaimable, file: Math.round(file) });
      }
      const from = (attempt - 1) * 320;
      store.events.append(killed, told(from));
      store.states.ended(killed, attempt, KILLED);
    }
    store.states.finish(killed, {
      status: 'failed',
      errorMessage: 'OUT OF MEMORY (OOM) KILL DETECTED',
    });
  });
  store.close();
  date(dataDir, { long, killed });
  return { long, killed };
}

/** What a trainer tells in 300 seconds. */
function told(from: number) {
  const phase = (seconds: number, name: string) => ({
    type: 'phase',
    time: at(from + seconds),
    data: { phase: name },
  });
  const steps = Array.from({ length: 41 }, (_, i) => ({
    type: 'step',
    time: at(from + 60 + i * 5),
    data: {
      step: i + 1,
      of: 300,
      loss: 4.8 * Math.exp(-i / 30) + 0.25 * Math.sin(i * 2.1) ** 2,
      tokensPerSecond: 540 + 40 * Math.sin(i * 1.7),
      learningRate: 1e-3 * Math.min((i + 1) / 10, 1),
    },
  }));
  const evaluation = (seconds: number, step: number, loss: number) => ({
    type: 'evaluation',
    time: at(from + seconds),
    data: { step, loss },
  });
  return [
    phase(0, 'prepare-data'),
    phase(14, 'open-model'),
    phase(40, 'evaluate'),
    evaluation(58, 0, 5.1),
    phase(60, 'train'),
    ...steps,
    phase(160, 'evaluate'),
    evaluation(172, 20, 3.4),
    phase(174, 'checkpoint'),
    phase(177, 'train'),
  ].toSorted((a, b) => (a.time < b.time ? -1 : 1));
}

/** A second that no stretch of what is drawn at first has for itself. */
const PEAK_AT = 31_416;
const PEAK = 430 * MIB;

function waterAt(part: number, i: number): number {
  const level = 240 + 90 * Math.sin(part * 9) + 25 * Math.sin(part * 61) + (i % 13);
  return Math.round(Math.min(40 + part * 4000, level)) * MIB;
}

const START = Date.parse('2026-01-05T06:00:00.000Z');
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

const KILLED: Verdict = {
  ...verdictOf('oom-own-limit'),
  limit_bytes: LIMIT,
  limit_from: 'cgroup memory.limit_in_bytes',
  peak_bytes: 507 * MIB,
  peak_file_bytes: 3 * MIB,
  predicted_peak_bytes: 410 * MIB,
  phase: 'train',
  step: 41,
  of: 300,
  seconds: 300,
  evidence: [
    'memory.oom_control: oom_kill 0 -> 1',
    'memory.failcnt: 0 -> 1822',
    'kernel log: oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/plimsoll/run,task_memcg=/plimsoll/run',
  ],
  remedies: [
    {
      change: 'a plan that takes less and computes the same, from step 40',
      lines: ['plimsoll train --resume-from /data/runs/run_1'],
      predicted_peak_bytes: 402 * MIB,
      retry: {
        order: { micro_batch: 1, recompute: 'all', loss_chunk: 32, memory: LIMIT },
        same_result: true,
      },
    },
    {
      change: 'a higher limit than 512 MiB: 768 MiB is a first try',
      lines: ['    deploy:', '      resources:', '        limits:', '          memory: 768M'],
      predicted_peak_bytes: null,
      limit: { bytes: 768 * MIB, reservation_bytes: null },
    },
  ],
};

/** The store writes the time at which it is told; this past is longer ago, and the list is long. */
function date(dataDir: string, { long, killed }: Past): void {
  const database = new Database(join(dataDir, 'plimsoll.db'));
  const set = (sql: string, ...values: unknown[]) => database.prepare(sql).run(...values);
  database.transaction(() => {
    for (const [id, seconds] of [
      [long, MANY_SAMPLES],
      [killed, 620],
    ] as const) {
      set(
        'UPDATE runs SET created_at = ?, started_at = ?, finished_at = ? WHERE id = ?',
        at(-5),
        at(0),
        at(seconds),
        id,
      );
      set(
        "UPDATE events SET time = ? WHERE run_id = ? AND type IN ('queued', 'predicted', 'attempt-started')",
        at(0),
        id,
      );
      set(
        "UPDATE events SET time = ? WHERE run_id = ? AND type IN ('attempt-ended', 'finished')",
        at(seconds),
        id,
      );
      set(
        'UPDATE attempts SET started_at = ?, ended_at = ? WHERE run_id = ?',
        at(0),
        at(seconds),
        id,
      );
    }
    set('UPDATE attempts SET ended_at = ? WHERE run_id = ? AND number = 1', at(300), killed);
    set(
      "UPDATE events SET time = ? WHERE run_id = ? AND type = 'attempt-ended' AND data LIKE '{\"attempt\":1,%'",
      at(300),
      killed,
    );
    set('UPDATE runs SET step = 41, of_steps = 300, final_loss = NULL WHERE id = ?', killed);
    set('UPDATE runs SET step = 9000, of_steps = 9000, final_loss = 0.8125 WHERE id = ?', long);
    set('UPDATE attempts SET started_at = ? WHERE run_id = ? AND number = 2', at(320), killed);
    set(
      `INSERT INTO runs (identifier, training_type, status, priority, training_order, triggered_by, created_at,
         finished_at, output_dir, base_model)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       SELECT 'past_' || i, 'nightly', 'cancelled', 0, '{"training_type":"nightly","priority":0}',
         CASE i WHEN 4321 THEN 'needle' ELSE 'schedule' END, ?, ?, '/nowhere', 'plimsoll-mini' FROM n`,
      MANY_RUNS,
      at(0),
      at(60),
    );
  })();
  database.close();
}

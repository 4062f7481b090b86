/** @file Runs and attempts as they are read; what changes them is in run-states.ts. */
import { type ExpressionBuilder, sql } from 'kysely';
import type { RunStatus } from '#protocol';
import { anywhere, type Connection, tables } from './query.ts';
import type { AttemptRow, RunRow, Tables } from './schema.ts';

export interface RunFilter {
  /** at most so many, the newest first */
  readonly limit: number;
  readonly type?: string | undefined;
  readonly status?: RunStatus | undefined;
  /** only those with a smaller id: the next page */
  readonly before?: number | undefined;
  /** a part of its model, type, name, error or of who asked for it; or its id */
  readonly search?: string | undefined;
}

export interface OldRuns {
  readonly type?: string | undefined;
  /** ended before this time */
  readonly before: string;
  /** not the newest so many */
  readonly keep: number;
}

export interface RunStore {
  byId(id: number): RunRow | null;
  byIdentifier(identifier: string): RunRow | null;
  list(filter: RunFilter): RunRow[];
  /** Those that wait to begin, or to go on: the highest priority first, then the oldest. */
  queued(): RunRow[];
  /** Those that have not ended. */
  active(): RunRow[];
  running(): RunRow[];
  /** how many there are of each status */
  counts(): Readonly<Partial<Record<RunStatus, number>>>;
  old(which: OldRuns): RunRow[];
  /** those of these runs, in order */
  attempts(runs: readonly number[]): AttemptRow[];
}

function matches(row: ExpressionBuilder<Tables, 'runs'>, search: string) {
  const part = anywhere(search);
  const like = SEARCHED.map((name) => sql<boolean>`${row.ref(name)} LIKE ${part} ESCAPE '\\'`);
  const asked = sql<boolean>`json_extract(training_order, '$.base_model') LIKE ${part} ESCAPE '\\'`;
  const byId = /^\d+$/.test(search) ? [row('id', '=', Number(search))] : [];
  return [...like, asked, ...byId];
}

const SEARCHED = [
  'base_model',
  'training_type',
  'identifier',
  'triggered_by',
  'error_message',
] as const;

const ENDED: readonly RunStatus[] = ['completed', 'failed', 'cancelled'];

export function runStore(connection: Connection): RunStore {
  const rows = tables.selectFrom('runs').selectAll();
  return {
    byId: (id) => connection.first(rows.where('id', '=', id)),
    byIdentifier: (identifier) => connection.first(rows.where('identifier', '=', identifier)),
    list: ({ limit, type, status, before, search }) => {
      let query = rows.orderBy('id', 'desc').limit(limit);
      if (type !== undefined) query = query.where('training_type', '=', type);
      if (status !== undefined) query = query.where('status', '=', status);
      if (before !== undefined) query = query.where('id', '<', before);
      if (search !== undefined) query = query.where((each) => each.or(matches(each, search)));
      return connection.all(query);
    },
    queued: () =>
      connection.all(
        rows
          .where('status', '=', 'queued')
          .where('pause_asked_at', 'is', null)
          .orderBy('priority', 'desc')
          .orderBy('id'),
      ),
    active: () => connection.all(rows.where('status', 'in', ['queued', 'running']).orderBy('id')),
    running: () => connection.all(rows.where('status', '=', 'running').orderBy('id')),
    counts: () => {
      const counted = tables
        .selectFrom('runs')
        .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
        .groupBy('status');
      return Object.fromEntries(
        connection.all(counted).map(({ status, count }) => [status, count]),
      );
    },
    old: ({ type, before, keep }) => {
      const ofType = type === undefined ? rows : rows.where('training_type', '=', type);
      const kept = connection.all(ofType.orderBy('id', 'desc').limit(keep)).map(({ id }) => id);
      return connection.all(
        ofType
          .where('status', 'in', ENDED)
          .where('finished_at', '<', before)
          .where('id', 'not in', kept),
      );
    },
    attempts: (runs) =>
      connection.all(
        tables
          .selectFrom('attempts')
          .selectAll()
          .where('run_id', 'in', runs)
          .orderBy('run_id')
          .orderBy('number'),
      ),
  };
}

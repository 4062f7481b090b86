/** @file Jobs: runs that were asked for by OpenAI's API, each with what it has beside what every run has. */
import { sql } from 'kysely';
import { type Connection, tables } from './query.ts';
import type { JobRow } from './schema.ts';

export interface JobFilter {
  /** at most so many, the newest first */
  readonly limit: number;
  /** only those of runs with a smaller id: the next page */
  readonly before?: number | undefined;
  /** only those that have all of these; null: only those that have none at all */
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
}

export interface JobStore {
  /** In one transaction with its run. */
  add(job: Omit<JobRow, 'results' | 'trained_tokens'>): void;
  ofRun(run: number): JobRow | null;
  ofRuns(runs: readonly number[]): JobRow[];
  list(filter: JobFilter): JobRow[];
  /** one that waits or runs with this file */
  activeWith(file: string): JobRow | null;
  /** those of runs that have completed, whose results are due; at most `limit` */
  due(limit: number): JobRow[];
  set(run: number, change: Partial<Pick<JobRow, 'results' | 'trained_tokens'>>): void;
}

export function jobStore(connection: Connection): JobStore {
  const rows = tables.selectFrom('jobs').selectAll('jobs');
  return {
    add: (job) => {
      connection.run(tables.insertInto('jobs').values(job));
    },
    ofRun: (run) => connection.first(rows.where('run_id', '=', run)),
    ofRuns: (runs) => connection.all(rows.where('run_id', 'in', runs)),
    list: ({ limit, before, metadata }) => {
      let query = rows.orderBy('run_id', 'desc').limit(limit);
      if (before !== undefined) query = query.where('run_id', '<', before);
      if (metadata === null) query = query.where('metadata', 'is', null);
      for (const [key, value] of Object.entries(metadata ?? {})) {
        const pair = sql<boolean>`EXISTS (SELECT 1 FROM json_each(jobs.metadata) AS pair WHERE pair.key = ${key} AND pair.value = ${value})`;
        query = query.where(pair);
      }
      return connection.all(query);
    },
    activeWith: (file) =>
      connection.first(
        rows
          .innerJoin('runs', 'runs.id', 'jobs.run_id')
          .where('runs.finished_at', 'is', null)
          .where((of) => of.or([of('training_file', '=', file), of('validation_file', '=', file)]))
          .limit(1),
      ),
    due: (limit) =>
      connection.all(
        rows
          .innerJoin('runs', 'runs.id', 'jobs.run_id')
          .where('runs.status', '=', 'completed')
          .where(sql<boolean>`jobs.results = 'due'`) // as the index has it
          .orderBy('run_id')
          .limit(limit),
      ),
    set: (run, change) => {
      connection.run(tables.updateTable('jobs').set(change).where('run_id', '=', run));
    },
  };
}

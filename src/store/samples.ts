/**
 * @file Memory over time, of each attempt. Bounded: when there are too many samples, every other one of the
 * older half goes, so that the newest are dense and a run of days still has its whole curve.
 */
import { sql } from 'kysely';
import type { ServiceSample } from '#protocol';
import { type Connection, tables } from './query.ts';

export interface SampleStore {
  add(run: number, sample: ServiceSample): void;
  /** The oldest first; of too many the extremes. */
  of(run: number, range: SampleRange): ServiceSample[];
  /** The newest; null where there is none yet. */
  last(run: number): ServiceSample | null;
  /** All of them, a page of `limit` after another. */
  after(run: number, last: Pick<ServiceSample, 'attempt' | 'time'>, limit: number): ServiceSample[];
}

export interface SampleRange {
  /** at most about so many: of each stretch of time the lowest and the highest, so that no peak is lost */
  readonly points: number;
  /** ISO 8601, both included */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** A run of a day has all of its seconds; some 6 MiB of an attempt. */
export const MOST_SAMPLES = 100_000;
/** Attempts whose samples are counted without the database. */
const MOST_COUNTS = 1000;

/** @param most of one attempt */
export function sampleStore(connection: Connection, most = MOST_SAMPLES): SampleStore {
  /** attempt -> how many it has */
  const counts = new Map<string, number>();
  return {
    add: (run, sample) =>
      connection.transaction(() => {
        const row = { run_id: run, ...sample };
        connection.run(
          tables
            .insertInto('samples')
            .values(row)
            .onConflict((conflict) => conflict.doNothing()),
        );
        const key = `${run}/${sample.attempt}`;
        const known = counts.get(key);
        const count = known === undefined ? countOf(connection, run, sample.attempt) : known + 1;
        if (counts.size >= MOST_COUNTS) counts.clear(); // they are counted again
        counts.set(key, count);
        if (count <= most) return;
        thin(connection, run, sample.attempt, most);
        counts.delete(key);
      }),
    last: (run) =>
      connection.first(
        tables
          .selectFrom('samples')
          .select(COLUMNS)
          .where('run_id', '=', run)
          .orderBy('attempt', 'desc')
          .orderBy('time', 'desc')
          .limit(1),
      ),
    after: (run, { attempt, time }, limit) =>
      connection.all(
        tables
          .selectFrom('samples')
          .select(COLUMNS)
          .where('run_id', '=', run)
          .where(sql<boolean>`(attempt, time) > (${attempt}, ${time})`)
          .orderBy('attempt')
          .orderBy('time')
          .limit(limit),
      ),
    of: (run, range) => {
      const within = withinRange(run, range);
      const span = connection.first(
        within.select(({ fn }) => [
          fn.countAll<number>().as('count'),
          fn.min<string | null>('time').as('from'),
          fn.max<string | null>('time').as('to'),
        ]),
      );
      if (!span || span.count <= range.points) {
        return connection.all(within.select(COLUMNS).orderBy('attempt').orderBy('time'));
      }
      const from = Date.parse(span.from ?? '') / 1000;
      const seconds = (Date.parse(span.to ?? '') / 1000 - from) / (range.points / 2);
      const part = sql<number>`CAST((unixepoch(time, 'subsec') - ${from}) / ${seconds} AS INTEGER)`;
      const extreme = (of: 'min' | 'max') =>
        within
          // SQLite takes the other columns from the row that has it (lang_select.html, bare columns).
          .select([
            'attempt',
            'time',
            sql<number>`${sql.raw(of)}(unreclaimable)`.as('unreclaimable'),
            'file',
          ])
          .groupBy(['attempt', part]);
      const both = extreme('max').union(extreme('min'));
      const extremes = tables.selectFrom(both.as('extremes')).select(COLUMNS);
      return connection.all(extremes.orderBy('attempt').orderBy('time'));
    },
  };
}

function countOf(connection: Connection, run: number, attempt: number): number {
  const counted = tables
    .selectFrom('samples')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('run_id', '=', run)
    .where('attempt', '=', attempt);
  return connection.first(counted)?.count ?? 0;
}

const COLUMNS = ['attempt', 'time', 'unreclaimable', 'file'] as const;

function withinRange(run: number, { from, to }: SampleRange) {
  let query = tables.selectFrom('samples').where('run_id', '=', run);
  if (from !== undefined) query = query.where('time', '>=', from);
  if (to !== undefined) query = query.where('time', '<=', to);
  return query;
}

function thin(connection: Connection, run: number, attempt: number, most: number): void {
  const numbered = tables
    .selectFrom('samples')
    .select(['time', sql<number>`row_number() OVER (ORDER BY time)`.as('n')])
    .where('run_id', '=', run)
    .where('attempt', '=', attempt)
    .as('numbered');
  const older = tables
    .selectFrom(numbered)
    .select('time')
    .where('n', '<=', most / 2)
    .where(sql`n % 2`, '=', 0);
  connection.run(
    tables
      .deleteFrom('samples')
      .where('run_id', '=', run)
      .where('attempt', '=', attempt)
      .where('time', 'in', older),
  );
}

/**
 * @file Memory over time, of each attempt. Bounded: when there are too many samples, every other one of the
 * older half goes, so that the newest are dense and a run of days still has its whole curve.
 */
import { sql } from 'kysely';
import type { ServiceSample } from '#protocol';
import { type Connection, tables } from './query.ts';

export interface SampleStore {
  add(run: number, sample: ServiceSample): void;
  /** the oldest first */
  of(run: number): ServiceSample[];
}

/** As many as the supervisor keeps of a command. */
export const MOST_SAMPLES = 1200;

export function sampleStore(connection: Connection): SampleStore {
  const countOf = (run: number, attempt: number) =>
    connection.first(
      tables
        .selectFrom('samples')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('run_id', '=', run)
        .where('attempt', '=', attempt),
    )?.count ?? 0;
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
        if (countOf(run, sample.attempt) > MOST_SAMPLES) thin(connection, run, sample.attempt);
      }),
    of: (run) =>
      connection.all(
        tables
          .selectFrom('samples')
          .select(['attempt', 'time', 'unreclaimable', 'file'])
          .where('run_id', '=', run)
          .orderBy('attempt')
          .orderBy('time'),
      ),
  };
}

function thin(connection: Connection, run: number, attempt: number): void {
  const numbered = tables
    .selectFrom('samples')
    .select(['time', sql<number>`row_number() OVER (ORDER BY time)`.as('n')])
    .where('run_id', '=', run)
    .where('attempt', '=', attempt)
    .as('numbered');
  const older = tables
    .selectFrom(numbered)
    .select('time')
    .where('n', '<=', MOST_SAMPLES / 2)
    .where(sql`n % 2`, '=', 0);
  connection.run(
    tables
      .deleteFrom('samples')
      .where('run_id', '=', run)
      .where('attempt', '=', attempt)
      .where('time', 'in', older),
  );
}

/** @file What happened, in order: each event has a number that rises and is never given twice. */
import type { ServiceEvent } from '#protocol';
import { type Connection, tables } from './query.ts';

/** What becomes an event. */
export interface NewEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** default: now */
  readonly time?: string | undefined;
}

export interface EventStore {
  append(run: number, events: readonly NewEvent[]): void;
  /** Those after `seq`, of one run or of all, at most `limit`, the oldest first. */
  after(seq: number, limit: number, run?: number): ServiceEvent[];
  /** the number of the newest; 0 for none */
  last(): number;
  /** Calls `listener` when there may be new ones, until what it returns is called. */
  onNew(listener: () => void): () => void;
}

export function eventStore(connection: Connection): EventStore {
  return {
    append: (run, events) => {
      for (const { type, data, time = new Date().toISOString() } of events) {
        const row = { run_id: run, time, type, data: JSON.stringify(data) };
        connection.run(tables.insertInto('events').values(row));
      }
    },
    after: (seq, limit, run) => {
      const query = tables.selectFrom('events').selectAll().where('seq', '>', seq);
      const ofRun = run === undefined ? query : query.where('run_id', '=', run);
      return connection
        .all(ofRun.orderBy('seq').limit(limit))
        .map(({ run_id, data, ...row }) => ({ ...row, run: run_id, data: JSON.parse(data) }));
    },
    last: () =>
      connection.first(tables.selectFrom('events').select('seq').orderBy('seq', 'desc').limit(1))
        ?.seq ?? 0,
    onNew: (listener) => connection.onCommit(listener),
  };
}

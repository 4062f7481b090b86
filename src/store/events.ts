/** @file What happened, in order: each event has a number that rises and is never given twice. */
import { sql } from 'kysely';
import type { RunProgress, ServiceEvent, ServiceEventType } from '#protocol';
import { type Connection, tables } from './query.ts';
import type { EventRow } from './schema.ts';

/** What becomes an event. */
export interface NewEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** default: now */
  readonly time?: string | undefined;
}

export interface EventJson {
  readonly seq: number;
  readonly type: string;
  /** of the ServiceEvent, on one line */
  readonly json: string;
}

export interface EventStore {
  append(run: number, events: readonly NewEvent[]): void;
  /** Tells that a run is deleted, which `remove` does: all else that was told of it goes with it. */
  deleted(run: number, remove: () => void): void;
  /** Those after `seq`, of one run or of all, but of one type, at most `limit`, the oldest first. */
  after(seq: number, limit: number, run?: number, without?: string): ServiceEvent[];
  /** The same, each as JSON already: nothing is read and written again for each of many who listen. */
  jsonAfter(seq: number, limit: number, run?: number): EventJson[];
  /** Of a run, those before `seq`, or of one type, at most `limit`, the newest first. */
  before(seq: number, limit: number, run: number, type?: string): ServiceEvent[];
  /** How training went, in at most `points` steps. */
  progress(run: number, points: number): RunProgress;
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
    deleted: (run, remove) => {
      const deletion = { run_id: run, time: new Date().toISOString() };
      const event = { ...deletion, type: DELETED, data: '{}' };
      const { id: seq } = connection.run(tables.insertInto('events').values(event)); // takes its number
      remove();
      connection.run(tables.insertInto('deletions').values({ seq, ...deletion }));
    },
    after: (seq, limit, run, without) => {
      const query = tables.selectFrom('told').selectAll().where('seq', '>', seq);
      const ofRun = run === undefined ? query : query.where('run_id', '=', run);
      const wanted = without === undefined ? ofRun : ofRun.where('type', '<>', without);
      return connection.all(wanted.orderBy('seq').limit(limit)).map(eventOf);
    },
    jsonAfter: (seq, limit, run) => {
      const query = tables.selectFrom('told').select(['seq', 'type', AS_JSON]);
      const wanted = query.where('seq', '>', seq).orderBy('seq').limit(limit);
      return connection.all(run === undefined ? wanted : wanted.where('run_id', '=', run));
    },
    before: (seq, limit, run, type) => {
      const query = tables.selectFrom('events').selectAll();
      const ofRun = query.where('run_id', '=', run).where('seq', '<', seq);
      const wanted = type === undefined ? ofRun : ofRun.where('type', '=', type);
      return connection.all(wanted.orderBy('seq', 'desc').limit(limit)).map(eventOf);
    },
    progress: (run, points) => ({
      steps: connection
        .all(stepsOf(run, points))
        .map(({ step, time, loss, tokensPerSecond, learningRate }) => ({
          step,
          time,
          loss,
          tokensPerSecond,
          learningRate,
        })),
      evaluations: connection.all(evaluationsOf(run)),
    }),
    last: () =>
      connection.first(tables.selectFrom('told').select('seq').orderBy('seq', 'desc').limit(1))
        ?.seq ?? 0,
    onNew: (listener) => connection.onCommit(listener),
  };
}

const DELETED: ServiceEventType = 'deleted';

const AS_JSON =
  sql<string>`json_object('seq', seq, 'run', run_id, 'time', time, 'type', type, 'data', json(data))`.as(
    'json',
  );

function eventOf({ run_id, data, ...row }: EventRow): ServiceEvent {
  return { ...row, run: run_id, data: JSON.parse(data) };
}

/** Of each stretch of as many steps as make `points` of all: means, and the last. */
function stepsOf(run: number, points: number) {
  const numbered = tables
    .selectFrom('events')
    .select([
      'time',
      'seq',
      'data',
      sql<number>`CAST((row_number() OVER (ORDER BY seq) - 1) * ${points} / max(count(*) OVER (), ${points}) AS INTEGER)`.as(
        'part',
      ),
    ])
    .where('run_id', '=', run)
    .where('type', '=', 'step')
    .as('numbered');
  return tables
    .selectFrom(numbered)
    .select([
      sql<number>`json_extract(data, '$.step')`.as('step'),
      'time',
      sql<number>`avg(json_extract(data, '$.loss'))`.as('loss'),
      sql<number>`avg(json_extract(data, '$.tokensPerSecond'))`.as('tokensPerSecond'),
      sql<number>`json_extract(data, '$.learningRate')`.as('learningRate'),
      // SQLite takes the other columns from the row that has it (lang_select.html, bare columns).
      sql<number>`max(seq)`.as('seq'),
    ])
    .groupBy('part')
    .orderBy('part');
}

function evaluationsOf(run: number) {
  return tables
    .selectFrom('events')
    .select([
      sql<number>`json_extract(data, '$.step')`.as('step'),
      'time',
      sql<number>`json_extract(data, '$.loss')`.as('loss'),
      sql<number | null>`json_extract(data, '$.exactMatch')`.as('exactMatch'),
    ])
    .where('run_id', '=', run)
    .where('type', '=', 'evaluation')
    .orderBy('seq');
}

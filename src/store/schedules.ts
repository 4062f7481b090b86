/** @file Schedules: what is to be ordered, and when next. */
import { check, type NewSchedule, type TrainingSchedule, trainingOrderSchema } from '#protocol';
import { type Connection, tables } from './query.ts';
import type { ScheduleRow } from './schema.ts';

/** What came of a time at which one was due. */
export interface ScheduleTime {
  readonly at: string;
  readonly next: string;
  readonly run: number | null;
  readonly problem: string | null;
}

export interface ScheduleStore {
  /** Null where there is one of that name. */
  create(schedule: NewSchedule, by: string, next: string): TrainingSchedule | null;
  list(): TrainingSchedule[];
  /** those whose time has come, the earliest first */
  due(now: string): TrainingSchedule[];
  /** A time without a run leaves that of the time before. */
  passed(id: number, time: ScheduleTime): void;
  /** What it was; null where there is none of that name. */
  remove(name: string): TrainingSchedule | null;
}

export function scheduleStore(connection: Connection): ScheduleStore {
  const rows = tables.selectFrom('schedules').selectAll();
  const byName = (name: string) => connection.first(rows.where('name', '=', name));
  return {
    create: ({ name, cron, time_zone, order }, created_by, next_at) =>
      connection.transaction(() => {
        if (byName(name)) return null;
        const times = { created_at: new Date().toISOString(), next_at };
        const training_order = JSON.stringify(order);
        const row = { name, cron, time_zone, training_order, created_by, ...times };
        connection.run(tables.insertInto('schedules').values(row));
        const made = byName(name);
        return made && scheduleOf(made);
      }),
    list: () => connection.all(rows.orderBy('name')).map(scheduleOf),
    due: (now) =>
      connection.all(rows.where('next_at', '<=', now).orderBy('next_at')).map(scheduleOf),
    passed: (id, { at, next, run, problem }) => {
      const change = { last_at: at, next_at: next, last_problem: problem };
      const set = run === null ? change : { ...change, last_run: run };
      connection.run(tables.updateTable('schedules').set(set).where('id', '=', id));
    },
    remove: (name) =>
      connection.transaction(() => {
        const row = byName(name);
        connection.run(tables.deleteFrom('schedules').where('name', '=', name));
        return row && scheduleOf(row);
      }),
  };
}

function scheduleOf(row: ScheduleRow): TrainingSchedule {
  const { id, name, cron, time_zone, training_order, ...rest } = row;
  const order = check(trainingOrderSchema, JSON.parse(training_order)).value;
  if (!order) throw new Error(`internal: the order of schedule ${name} is none`);
  return {
    id,
    name,
    cron,
    time_zone,
    order,
    createdAt: rest.created_at,
    createdBy: rest.created_by,
    nextAt: rest.next_at,
    lastAt: rest.last_at,
    lastRun: rest.last_run,
    lastProblem: rest.last_problem,
  };
}

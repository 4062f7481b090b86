/**
 * @file Places the orders of schedules when their time has come. Times that passed while the service was away count
 * as one; a time that comes while the run of the time before still waits or runs is left out.
 */
import { PlimsollError } from '#base';
import type { TrainingSchedule } from '#protocol';
import type { Store } from '#store';
import { nextTime } from './cron.ts';
import type { Log } from '../http/log.ts';
import type { RunOrders } from './run-orders.ts';

export interface Schedules {
  /** Places what is due. To be called again and again. */
  look(): void;
}

export interface ScheduleParts {
  readonly store: Pick<Store, 'schedules' | 'runs' | 'transaction'>;
  readonly orders: RunOrders;
  readonly log: Log;
}

export function schedulesOf({ store, orders, log }: ScheduleParts): Schedules {
  const { schedules, runs } = store;
  const outcomeOf = ({ name, order, lastRun }: TrainingSchedule) => {
    const before = lastRun === null ? null : runs.byId(lastRun);
    if (before?.finished_at === null)
      return {
        run: null,
        problem: `run ${before.id} of the time before was still ${before.status}`,
      };
    try {
      return { run: orders.place(order, { name: `schedule ${name}` }).id, problem: null };
    } catch (error) {
      if (!(error instanceof PlimsollError) || error.code === 'DISK_FULL') throw error;
      return { run: null, problem: error.message };
    }
  };
  return {
    look: () => {
      const now = new Date();
      for (const schedule of schedules.due(now.toISOString())) {
        const next = nextTime(schedule, now).toISOString();
        const outcome = store.transaction(() => {
          const { run, problem } = outcomeOf(schedule);
          schedules.passed(schedule.id, { at: schedule.nextAt, next, run, problem });
          return { run, problem };
        });
        log.info({ schedule: schedule.name, ...outcome }, 'a schedule was due');
      }
    },
  };
}

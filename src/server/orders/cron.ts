/** @file When a cron expression is due next. Pure. */
import { Cron } from 'croner';
import { fail, PlimsollError } from '#base';

export interface CronTimes {
  readonly cron: string;
  /** by the IANA's names, or UTC */
  readonly time_zone: string;
}

/**
 * The first time after `after`. Where clocks are put forward, a time that is left out comes when they go on; where
 * they are put back, one that comes twice is due once.
 *
 * @throws PlimsollError REQUEST_INVALID for what is no expression or no zone, or never comes
 */
export function nextTime({ cron, time_zone }: CronTimes, after: Date): Date {
  // UTC needs no tables of time zones, which take memory.
  const clock = time_zone === 'UTC' ? { utcOffset: 0 } : { timezone: refuseUnknown(time_zone) };
  try {
    const next = new Cron(cron, { mode: '5-part', ...clock }).nextRun(after);
    return next ?? fail('REQUEST_INVALID', { field: 'cron', problem: `${cron} never comes` });
  } catch (error) {
    if (error instanceof PlimsollError || !(error instanceof Error)) throw error;
    const problem = `expected a cron expression, got '${cron}': ${error.message.replace(REASON, '')}`;
    return fail('REQUEST_INVALID', { field: 'cron', problem }, { cause: error });
  }
}

/** What has a colon it takes for a time, and says so by other words. */
const REASON = /^CronPattern: /;

function refuseUnknown(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch (error) {
    const problem = `expected a time zone such as Europe/Berlin, got '${zone}'`;
    return fail('REQUEST_INVALID', { field: 'time_zone', problem }, { cause: error });
  }
}

/** @file The time that an attempt may take: SIGTERM to all of its process group then, SIGKILL when that does not help. */
import { endCommand, type Ending } from './end-command.ts';
import type { TimedOut } from './facts.ts';
import type { Place } from './place.ts';

export interface Deadline {
  /** set once it is over */
  readonly asked: TimedOut | null;
  stop(): void;
}

/**
 * @param seconds null for as long as it takes
 * @param sinceStart seconds of these that are over already
 * @param onSignal before a signal is sent
 */
export function startDeadline(
  seconds: number | null,
  { pid, place }: { readonly pid: number; readonly place: Place },
  sinceStart: number,
  onSignal: () => void,
): Deadline {
  let asked: TimedOut | null = null;
  let ending: Ending | undefined;
  const isOver = () => {
    ending = endCommand(pid, place, (signal) => {
      asked = { kind: 'timed-out', seconds: seconds ?? 0, signal };
      onSignal();
    });
  };
  const timer = seconds === null ? undefined : setTimeout(isOver, msUntil(seconds - sinceStart));
  return {
    get asked() {
      return asked;
    },
    stop: () => {
      clearTimeout(timer);
      ending?.stop();
    },
  };
}

/** setTimeout takes 24 days at most, and more for none: later then is late enough. */
function msUntil(seconds: number): number {
  return Math.min(Math.max(1000 * seconds, 0), 2 ** 31 - 1);
}

/** @file The time that an attempt may take: SIGTERM to all of its process group then, SIGKILL when that does not help. */
import { endCommand, type Ending } from './end-command.ts';
import type { TimedOut } from './facts.ts';
import type { Place } from './place.ts';

export interface Deadline {
  /** set once it is over */
  readonly asked: TimedOut | null;
  stop(): void;
}

/** @param seconds from now; null for as long as it takes */
export function startDeadline(seconds: number | null, pid: number, place: Place): Deadline {
  let asked: TimedOut | null = null;
  let ending: Ending | undefined;
  const isOver = () => {
    ending = endCommand(pid, place, (signal) => {
      asked = { kind: 'timed-out', seconds: seconds ?? 0, signal };
    });
  };
  const timer = seconds === null ? undefined : setTimeout(isOver, seconds * 1000);
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

/** @file The soft guard of an attempt: looks at memory with each sample, and acts on what pressure-guard.ts says. */
import type { CgroupUsage } from '#kernel';
import type { AskedByGuard, GuardNote } from './facts.ts';
import { endCommand, type Ending } from './end-command.ts';
import { watchLoads } from './loads.ts';
import { AT_START, judge, type Load, nearest } from './pressure-guard.ts';
import { give, type Listener, type Notice } from './pressure-notice.ts';

export interface GuardPolicy {
  readonly notice: Notice;
  /** a part of the limit: above 0, at most 1 */
  readonly at: number;
}

export interface Guard {
  /** whether the next look must come early; `now`: what the command's own group uses */
  look(now: CgroupUsage | null): boolean;
  /** set once it has asked the command to end */
  readonly asked: AskedByGuard | null;
  /** what it did, the newest few */
  notes(): readonly GuardNote[];
  stop(): void;
}

/** A trainer of ours saves what it has; any other program is left alone. */
export const DEFAULT_GUARD: GuardPolicy = { notice: { kind: 'trainer' }, at: 0.9 };

/** Of many crossings the last tell most of the end. */
const MOST_NOTES = 5;

/**
 * @param memory bytes that --memory allows, which where no group could be made only we hold
 * @param began when the attempt did, by performance.now
 * @param onSignal before a signal that asks for the end is sent
 */
export function startGuard(
  { notice, at }: GuardPolicy,
  listener: Listener,
  memory: number | null,
  began: number,
  onSignal: () => void,
): Guard {
  const reader = watchLoads(listener.place, listener.pid, memory);
  let state = AT_START;
  let asked: AskedByGuard | null = null;
  let ending: Ending | null = null;
  let notes: GuardNote[] = [];
  let load: Load | null = null;
  const note = (what: string) => {
    const seconds = (performance.now() - began) / 1000;
    if (load) notes = [...notes, { what, seconds, load }].slice(-MOST_NOTES);
  };
  const end = () =>
    endCommand(listener.pid, listener.place, (signal) => {
      if (load) asked = { kind: 'guard', signal, load };
      note(`${signal} sent`);
      onSignal();
    });
  return {
    look: (now) => {
      load = nearest(reader.loads(now)) ?? load;
      if (load === null) return false;
      const { state: next, crossed, soon, full } = judge(state, load, at);
      state = next;
      if (notice.kind === 'kill') {
        if (crossed) ending ??= end();
        if (full) ending?.killNow();
      } else if (crossed) {
        const done = give(notice, load, listener);
        if (done === null) state = { ...next, armed: true };
        else note(done);
      }
      return ending !== null || (soon && isHeard(notice, listener));
    },
    get asked() {
      return asked;
    },
    notes: () => notes,
    stop: () => {
      ending?.stop();
      reader.close();
    },
  };
}

/** Where nobody is told, nothing is lost by a look that comes late. */
function isHeard({ kind }: Notice, { trainer }: Listener): boolean {
  return kind !== 'none' && (kind !== 'trainer' || trainer() !== null);
}

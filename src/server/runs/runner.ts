/**
 * @file Makes what is stored come true: looks at each run again and again, and takes its next step.
 *
 * There is one way through it, whether a run was just asked for or the service was just started after a kill:
 * what is stored, and what can be seen of a run's processes, say what comes next. Nothing that matters is kept in
 * memory alone.
 */
import type { Store } from '#store';
import { admission, type Admitting } from './admission.ts';
import { attendant } from './attend.ts';
import type { Decision } from './queue.ts';
import type { Schedules } from '../orders/schedules.ts';

export interface Runner {
  /** Nothing is looked at before. */
  start(): void;
  /** Looks soon, not only at the next beat: something was changed. */
  poke(): void;
  /** of each run that waits, where it stands and why */
  places(): Decision['places'];
  /**
   * Ends what runs, after a checkpoint. Nothing begins from now on; the next service goes on with it.
   *
   * @returns ids of the runs whose end is not stored `withinMs`: a full disk, as a rule. The next service finds them
   */
  stop(withinMs: number): Promise<readonly number[]>;
  /** Looks no more. Attempts go on, and are found again. */
  close(): void;
}

export interface RunnerParts extends Admitting {
  readonly schedules: Schedules;
}

const BEAT_MS = 1000;

export function runnerOf(parts: RunnerParts): Runner {
  const { store, schedules, log } = parts;
  const attending = attendant(parts);
  const queue = admission(parts);
  let stopped: (() => void) | undefined;
  let soon: NodeJS.Immediate | undefined;
  let beat: NodeJS.Timeout | undefined;

  /** A bug, or a full disk, with one run: the others go on, and it is tried again. */
  const guarded = (step: () => void, run?: number): void => {
    try {
      step();
    } catch (error) {
      log.error({ run, err: error }, 'a step failed; it is tried again');
    }
  };
  const look = (): void => {
    soon = undefined;
    if (!beat) return;
    guarded(() => store.lookElsewhere());
    for (const run of store.runs.running()) guarded(() => attending.attend(run), run.id);
    if (!stopped) {
      guarded(() => schedules.look());
      guarded(() => queue.look(poke));
    } else if (liveIn(store).length === 0) stopped();
  };
  const poke = (): void => {
    soon ??= setImmediate(look);
  };
  return {
    start: () => {
      beat = setInterval(look, BEAT_MS);
      poke();
    },
    poke,
    places: () => queue.places(),
    stop: async (withinMs) => {
      attending.stop();
      let deadline: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        stopped = resolve;
        deadline = setTimeout(resolve, withinMs);
        poke();
      });
      clearTimeout(deadline);
      return liveIn(store);
    },
    close: () => {
      clearInterval(beat);
      beat = undefined;
    },
  };
}

/** Ids of the runs with an attempt whose end is not stored. */
function liveIn({ runs }: Store): number[] {
  const ids = runs.running().map(({ id }) => id);
  return runs
    .attempts(ids)
    .filter(({ state }) => state === 'live')
    .map(({ run_id }) => run_id);
}

/** @file The next step of a run that runs: its attempt is watched, or one that ended is followed by what is due. */
import { rmSync } from 'node:fs';
import { readRecord } from '#runs';
import type { AttemptRow, RunRow, Store } from '#store';
import { planResumption, resumptionFlags } from '#supervise';
import { lookAt, signalAttempt } from './attempts.ts';
import { type Beginning, beginAttempt, folderOf, placeWords } from './begin-attempt.ts';
import { followUp, type FollowUp } from './follow-up.ts';
import { memoryOf } from './memory-now.ts';
import { orderOf } from './order.ts';
import { type Places, wordsOf } from './order-words.ts';
import { endOf } from './run-end.ts';
import { listen } from './trainer-log.ts';

export interface Attending extends Beginning {
  readonly store: Store;
  readonly places: Places;
}

/** After SIGTERM, for a trainer to save what it has. */
const GRACE_MS = 30_000;

/** What to call with each running run, again and again. */
export function attendant(parts: Attending): (run: RunRow) => void {
  const { store, log } = parts;
  const { states } = store;
  /** when the attempt of each was asked to end */
  const ending = new Map<number, number>();
  /** runs whose next attempt is being planned */
  const planning = new Set<number>();

  const watch = (run: RunRow, attempt: AttemptRow): void => {
    const { handle, number } = attempt;
    const seen = handle === null ? null : lookAt(handle); // before its last words are heard
    const trainer = hear(run, attempt);
    if (handle === null || !seen || seen.kind === 'unbegun') {
      states.unbegun(run.id, number);
      rmSync(folderOf(run, number), { recursive: true, force: true });
    } else if (seen.kind === 'alive') {
      sample(run, number, trainer);
      if (run.cancel_asked_at !== null) askToEnd(run.id, handle);
    } else {
      store.transaction(() => {
        states.ended(run.id, number, seen.verdict);
        settle(run);
      });
      const { cause, grade } = seen.verdict;
      log.info({ run: run.id, attempt: number, cause, grade }, 'an attempt has ended');
    }
  };

  /** Stores all that its trainer has told by now. */
  const hear = (run: RunRow, { number, events_read, trainer }: AttemptRow): string | null => {
    let stands: Pick<AttemptRow, 'trainer'> & { eventsRead: number } = {
      eventsRead: events_read,
      trainer,
    };
    for (;;) {
      const heard = listen(run.output_dir, stands.eventsRead, stands.trainer);
      if (!heard) return stands.trainer;
      states.heard(run.id, number, heard);
      stands = heard;
    }
  };

  const sample = (run: RunRow, attempt: number, trainer: string | null): void => {
    const pid: unknown = trainer && Reflect.get(Object(JSON.parse(trainer)), 'pid');
    const memory = typeof pid === 'number' ? memoryOf(pid) : null;
    if (memory) states.sampled(run.id, { attempt, time: new Date().toISOString(), ...memory });
  };

  const askToEnd = (id: number, handle: string): void => {
    const since = ending.get(id);
    if (since === undefined) {
      ending.set(id, performance.now());
      signalAttempt(handle, 'SIGTERM');
    } else if (performance.now() - since > GRACE_MS) signalAttempt(handle, 'SIGKILL');
  };

  /** Ends a run after which nothing follows; else what does. */
  const settle = (run: RunRow): Extract<FollowUp, { kind: 'again' }> | null => {
    const cancelAsked = run.cancel_asked_at !== null;
    const next = followUp(store.runs.attempts([run.id]), run.share_bytes ?? 0, cancelAsked);
    if (next.kind === 'again') return next;
    const { verdict, reason } = next;
    const end = endOf({ verdict, cancelAsked, error: recordedError(run), reason });
    states.finish(run.id, end);
    ending.delete(run.id);
    log.info({ run: run.id, status: end.status }, 'a run has ended');
    return null;
  };

  const follow = (run: RunRow): void => {
    const next = settle(run);
    if (!next || Date.now() < next.notBefore || planning.has(run.id)) return;
    planning.add(run.id);
    void again(run, next)
      .catch((error: unknown) => log.error({ run: run.id, err: error }, 'no next attempt yet'))
      .finally(() => planning.delete(run.id));
  };

  const again = async (
    run: RunRow,
    { folder, correction }: Extract<FollowUp, { kind: 'again' }>,
  ): Promise<void> => {
    if (folder === null) {
      const words = [...placeWords(run), ...wordsOf(orderOf(run), parts.places)];
      beginAttempt(parts, run, words, correction);
      return;
    }
    const asked = { folder, memory: run.share_bytes, correction };
    const planned = await planResumption(parts.plimsoll, asked, run.share_bytes);
    if (planned.kind === 'fits')
      beginAttempt(parts, run, resumptionFlags({ ...asked, memory: null }), correction);
    else {
      const refusal = { errorCode: 'MEMORY_CANNOT_FIT', errorMessage: planned.reason };
      states.finish(run.id, { status: 'failed', ...refusal });
    }
  };

  return (run) => {
    const live = store.runs.attempts([run.id]).find(({ state }) => state === 'live');
    if (live) watch(run, live);
    else follow(run);
  };
}

function recordedError({ output_dir }: RunRow) {
  try {
    return readRecord(output_dir)?.error ?? null;
  } catch {
    return null; // a damaged record tells nothing
  }
}

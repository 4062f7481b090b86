/** @file The next step of a run that runs: its attempt is watched, or one that ended is followed by what is due. */
import { existsSync, rmSync } from 'node:fs';
import { PlimsollError } from '#base';
import { readRecord, recordFile } from '#runs';
import type { AttemptRow, RunRow, Store } from '#store';
import { DEFAULT_POLICY, planResumption, resumptionFlags } from '#supervise';
import {
  type Beginning,
  beginAttempt,
  commandAttempt,
  folderOf,
  limitsOf,
  placeWords,
  trainingAttempt,
} from './begin-attempt.ts';
import type { CommandWork } from '../orders/allowed-commands.ts';
import type { CommandRuns } from '../orders/command-runs.ts';
import { type CommandTries, followUp, type FollowUp } from './follow-up.ts';
import type { Log } from '../http/log.ts';
import { orderOf } from '../orders/order.ts';
import { type Places, wordsOf } from '../orders/order-words.ts';
import { endOf } from './run-end.ts';
import { listen } from './trainer-log.ts';

export interface Attending extends Beginning {
  readonly store: Store;
  readonly places: Places;
  readonly commandRuns: CommandRuns;
  readonly log: Log;
}

export interface Attendant {
  /** The next step of a run that runs; to be called again and again. */
  attend(run: RunRow): void;
  /** From now on what runs is asked to end, after a checkpoint, and nothing follows: the next service goes on. */
  stop(): void;
}

export function attendant(parts: Attending): Attendant {
  const { store, attempts, commandRuns, log } = parts;
  const { states } = store;
  let stopping = false;
  /** runs whose next attempt is being planned */
  const planning = new Set<number>();

  const watch = (run: RunRow, attempt: AttemptRow): void => {
    const { number } = attempt;
    const order = { folder: folderOf(run, number) };
    const seen = attempts.look(order); // before its last words are heard
    if (seen.kind === 'opening') return;
    if (seen.kind === 'unbegun') {
      takeBack(run, number, seen.error);
      rmSync(order.folder, { recursive: true, force: true });
      attempts.forget(order);
      return;
    }
    if (!attempt.handle) states.launched(run.id, number, order.folder);
    if (run.command_order === null) hear(run, attempt);
    if (seen.kind === 'alive') {
      const time = new Date().toISOString();
      if (seen.memory) states.sampled(run.id, { attempt: number, time, ...seen.memory });
      const isAsked = run.cancel_asked_at !== null || run.pause_asked_at !== null;
      if (stopping || isAsked) attempts.cancel(order);
      return;
    }
    store.transaction(() => {
      states.ended(run.id, number, seen.verdict);
      settle(run);
    });
    const work = workOf(run);
    if (work) commandRuns.remember(work, JSON.parse(attempt.command), seen.verdict);
    attempts.forget(order);
    const { cause, grade } = seen.verdict;
    log.info({ run: run.id, attempt: number, cause, grade }, 'an attempt has ended');
  };

  /** As if the attempt had not been made; what cannot be launched at all is the run's end. */
  const takeBack = (run: RunRow, number: number, error: unknown): void =>
    store.transaction(() => {
      states.unbegun(run.id, number);
      if (error === null) return;
      log.error({ run: run.id, attempt: number, err: error }, 'an attempt has not begun');
      if (!(error instanceof PlimsollError)) return; // no process to be had just now
      const { code, message } = error;
      states.finish(run.id, { status: 'failed', errorCode: code, errorMessage: message });
    });

  /** Stores all that its trainer has told by now. */
  const hear = (run: RunRow, { number, events_read, trainer }: AttemptRow): void => {
    let stands: Pick<AttemptRow, 'trainer'> & { eventsRead: number } = {
      eventsRead: events_read,
      trainer,
    };
    for (;;) {
      const heard = listen(run.output_dir, stands.eventsRead, stands.trainer);
      if (!heard) return;
      states.heard(run.id, number, heard);
      stands = heard;
    }
  };

  /** Ends a run after which nothing follows, or lets it wait where that was asked for; else what follows. */
  const settle = (run: RunRow): Extract<FollowUp, { kind: 'again' }> | null => {
    const cancelAsked = run.cancel_asked_at !== null;
    const attempted = store.runs.attempts([run.id]);
    const next = followUp(attempted, run.share_bytes ?? 0, cancelAsked, triesOf(run));
    if (next.kind === 'again') {
      if (run.pause_asked_at === null) return next;
      states.paused(run.id);
      log.info({ run: run.id }, 'a run is paused');
      return null;
    }
    const { verdict, reason } = next;
    const end = endOf({ verdict, cancelAsked, error: recordedError(run), reason });
    states.finish(run.id, end);
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
    { folder, correction, rung, memory }: Extract<FollowUp, { kind: 'again' }>,
  ): Promise<void> => {
    const work = workOf(run);
    if (work) {
      beginAttempt(parts, run, commandAttempt(work, run, { rung, memory }));
      return;
    }
    // One that has its record goes on, and cannot begin once more.
    if (folder === null && !existsSync(recordFile(run.output_dir))) {
      const words = [...placeWords(run), ...wordsOf(orderOf(run), parts.places)];
      beginAttempt(parts, run, trainingAttempt(parts, run, words, correction));
      return;
    }
    const asked = { folder: folder ?? run.output_dir, memory: null, correction };
    const limits = limitsOf(run, correction, parts);
    const planned = await planResumption(parts.plimsoll, { ...asked, ...limits }, limits.memory);
    // It may have been paused meanwhile.
    if (stopping || store.runs.byId(run.id)?.status !== 'running') return;
    if (planned.kind === 'fits') {
      const words = resumptionFlags(asked);
      beginAttempt(parts, run, trainingAttempt(parts, run, words, correction));
    } else if (store.runs.byId(run.id)?.cancel_asked_at === null) {
      const refusal = { errorCode: planned.code, errorMessage: planned.reason };
      states.finish(run.id, { status: 'failed', ...refusal });
    }
  };

  /** Null where it trains, and where the settings allow its command no more. */
  const workOf = (run: RunRow): CommandWork | null => {
    try {
      return commandRuns.work(run);
    } catch (error) {
      if (error instanceof PlimsollError) return null;
      throw error;
    }
  };

  const triesOf = (run: RunRow): CommandTries | null => {
    if (run.command_order === null) return null;
    const work = workOf(run);
    if (!work) return { policy: DEFAULT_POLICY, rungs: [] };
    const { policy } = work.allowed;
    return { policy, rungs: work.rungs.map(({ command }) => command) };
  };

  return {
    attend: (run) => {
      const live = store.runs.attempts([run.id]).find(({ state }) => state === 'live');
      if (live) watch(run, live);
      else if (!stopping) follow(run);
    },
    stop: () => {
      stopping = true;
    },
  };
}

function recordedError({ output_dir }: RunRow) {
  try {
    return readRecord(output_dir)?.error ?? null;
  } catch {
    return null; // a damaged record tells nothing
  }
}

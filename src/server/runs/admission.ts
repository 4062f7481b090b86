/** @file From the queue: the peak of a run that waits is asked for, and those that fit begin. */
import { ERRORS, fail, formatBytes, PlimsollError } from '#base';
import type { Prediction } from '#protocol';
import type { RunRow, Store } from '#store';
import {
  type Beginning,
  beginAttempt,
  commandAttempt,
  type NextAttempt,
  placeWords,
  trainingAttempt,
} from './begin-attempt.ts';
import type { Answering } from '../answering/answering.ts';
import type { CommandNeed } from '../orders/command-need.ts';
import type { CommandRuns } from '../orders/command-runs.ts';
import type { Log } from '../http/log.ts';
import { limitOf, orderOf, planLimitOf } from '../orders/order.ts';
import { type Places, wordsOf } from '../orders/order-words.ts';
import type { Answer, Planner } from '../children/planner.ts';
import { decide, type Decision } from './queue.ts';

export interface Admitting extends Beginning {
  readonly store: Store;
  readonly places: Places;
  readonly planner: Planner;
  readonly commandRuns: CommandRuns;
  readonly answering: Pick<Answering, 'holder' | 'makeWay'>;
  readonly log: Log;
}

export interface Admission {
  /** Asks about one run, and begins those that fit. @param onAnswer when something may have changed */
  look(onAnswer: () => void): void;
  /** of each run that waited at the last look, where it stands and why */
  places(): Decision['places'];
}

export function admission(parts: Admitting): Admission {
  const { store, planner, commandRuns, capacity, answering, log } = parts;
  const { states } = store;
  let places: Decision['places'] = new Map();
  let isAsking = false;
  /** run -> those beside which it did not fit: it is asked about again when these are others */
  const refused = new Map<number, string>();

  /** What configuration or earlier runs say: nobody need be asked. */
  const settleCommands = (): void => {
    for (const run of store.runs.queued()) {
      if (run.command_order === null || run.share_bytes !== null) continue;
      orRefused(run, () => {
        const work = commandRuns.work(run);
        const need = work && commandRuns.need(work, capacity.bytes);
        if (need) acceptCommand(run, need);
      });
    }
  };

  const acceptCommand = (run: RunRow, { share, expected }: CommandNeed): void => {
    if (share > capacity.bytes) {
      const [needed, all] = [formatBytes(share), formatBytes(capacity.bytes)];
      fail('COMMAND_CANNOT_FIT', { name: run.training_type, needed, capacity: all });
    }
    const facts = { predicted_peak_bytes: expected, share_bytes: share };
    states.predicted(run.id, expected, share, facts);
  };

  const askForNext = (onAnswer: () => void): void => {
    if (isAsking) return;
    const beside = ids(store.runs.running());
    const run = store.runs
      .queued()
      .find(
        ({ id, share_bytes, command_order: command }) =>
          command === null && share_bytes === null && refused.get(id) !== beside,
      );
    if (!run) return;
    isAsking = true;
    void predict(run, beside)
      .catch((error: unknown) => log.error({ run: run.id, err: error }, 'no prediction yet'))
      .finally(() => {
        isAsking = false;
        onAnswer();
      });
  };

  const predict = async (run: RunRow, beside: string): Promise<void> => {
    const order = orderOf(run);
    const limit = planLimitOf(order, capacity);
    const answered = answering.holder() !== null;
    const answer = await answerFor(() => planner.ask(wordsOf(order, parts.places), limit));
    if (store.runs.byId(run.id)?.status !== 'queued') return; // it was cancelled meanwhile
    if (answer.kind === 'refused') refuse(run, answer.code, answer.message);
    else if (answer.prediction.fits) accept(run, answer.prediction, limitOf(order));
    // What others use may be what it lacks: it fails for good only where none of ours runs, and no model answers.
    else if ((answered || answering.holder()) && answer.prediction.baseline_bytes > 0)
      answering.makeWay();
    else if (beside !== '' && answer.prediction.baseline_bytes > 0) refused.set(run.id, beside);
    else refuse(run, 'RUN_CANNOT_FIT', refusalOf(answer.prediction));
  };

  const refuse = (run: RunRow, errorCode: string, errorMessage: string): void => {
    states.finish(run.id, { status: 'failed', errorCode, errorMessage });
    log.info({ run: run.id, code: errorCode }, 'a run was refused');
  };

  const accept = (run: RunRow, prediction: Prediction, asked: number | null): void => {
    const { baseline_bytes: others, predicted_peak_bytes, interval_bytes } = prediction;
    const peak = predicted_peak_bytes - others;
    const share = asked ?? wholeMebibytes(interval_bytes[1] - others);
    const { answer, plan } = prediction;
    states.predicted(run.id, peak, share, {
      predicted_peak_bytes: peak,
      share_bytes: share,
      answer,
      plan,
    });
  };

  const begin = (id: number): void => {
    const run = store.runs.byId(id);
    if (!run) return;
    // One that was paused goes on, as one does that was stopped: by what follows its attempts.
    if (store.runs.attempts([id]).length > 0) states.goOn(id);
    else orRefused(run, () => beginAttempt(parts, run, firstAttempt(run)));
  };

  const firstAttempt = (run: RunRow): NextAttempt => {
    const work = commandRuns.work(run);
    if (work) {
      const { rung, memory } = commandRuns.need(work, capacity.bytes);
      return commandAttempt(work, run, { rung, memory: Math.min(memory, run.share_bytes ?? 0) });
    }
    const words = [...placeWords(run), ...wordsOf(orderOf(run), parts.places)];
    return trainingAttempt(parts, run, words, 0);
  };

  /** What it throws ends the run: a file that has moved out of the roots, a full disk, a command no more allowed. */
  const orRefused = (run: RunRow, step: () => void): void => {
    try {
      step();
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error;
      refuse(run, error.code, error.message);
    }
  };

  return {
    look: (onAnswer) => {
      settleCommands();
      askForNext(onAnswer);
      const decision = decide(
        store.runs.queued().map(({ id, share_bytes }) => ({ id, share: share_bytes })),
        store.runs.running().map(({ id, share_bytes }) => ({ id, share: share_bytes ?? 0 })),
        { capacity: capacity.bytes, most: capacity.most, answering: answering.holder() },
      );
      ({ places } = decision);
      if (decision.wantsAnswering) answering.makeWay();
      for (const id of decision.begin) begin(id);
    },
    places: () => places,
  };
}

function ids(runs: readonly RunRow[]): string {
  return runs.map(({ id }) => id).join(' ');
}

/** What it throws is a refusal too: a path that leads outside the roots. */
async function answerFor(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    const { code, message, facts } = error;
    return { kind: 'refused', code, message, facts };
  }
}

/** In numbers: what there is, what it takes, what would do. */
export function refusalOf(prediction: Prediction): string {
  const { limit_bytes, limit_from, predicted_peak_bytes, smallest_limit_bytes } = prediction;
  const { message, next } = ERRORS.RUN_CANNOT_FIT;
  const text = message({
    limit: formatBytes(limit_bytes ?? 0),
    from: limit_from,
    predicted: formatBytes(predicted_peak_bytes),
    smallest: formatBytes(smallest_limit_bytes ?? 0),
  });
  return `${text}. ${next()}`;
}

const MIB = 2 ** 20;

function wholeMebibytes(bytes: number): number {
  return Math.ceil(bytes / MIB) * MIB;
}

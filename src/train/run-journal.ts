/**
 * @file What a run says of itself: events as they happen, and its record, which tells where it stands.
 * What the run does is in train-run.ts.
 */
import { PlimsollError } from '#base';
import type { Phase, RunEvent, TrainingRun } from '#protocol';
import { newRecord } from './new-record.ts';
import type { RunFolder } from './run-folder.ts';
import type { TrainRequest } from './train-request.ts';

type EventBody = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, 'time' | 'run_id'>
    : never
  : never;

type Attempt = TrainingRun['attempts'][number];

export class RunJournal {
  readonly #folder: RunFolder;
  readonly #onEvent: (event: RunEvent) => void;
  #record: TrainingRun;
  #isAccepted = false;

  constructor(folder: RunFolder, request: TrainRequest, onEvent: (event: RunEvent) => void) {
    this.#folder = folder;
    this.#onEvent = onEvent;
    this.#record = newRecord(folder, request);
  }

  get record(): TrainingRun {
    return this.#record;
  }

  emit(body: EventBody): void {
    const event: RunEvent = { ...body, time: new Date().toISOString(), run_id: this.#folder.runId };
    this.#folder.append(event);
    this.#onEvent(event);
  }

  phase(phase: Phase): void {
    this.emit({ type: 'phase', phase });
  }

  /** The record is on disk only once it is written. */
  change(change: Partial<TrainingRun>): void {
    this.#record = { ...this.#record, ...change };
  }

  changeAttempt(change: Partial<Attempt>): void {
    const attempts = this.#record.attempts.map((attempt, i, all) =>
      i === all.length - 1 ? { ...attempt, ...change } : attempt,
    );
    this.change({ attempts });
  }

  /** Model, data, plan and checkpoint are there and belong together: from now on the run is this attempt's. */
  accept(): void {
    this.#isAccepted = true;
    this.write();
    this.#folder.becomeLatest();
  }

  /** A resume that is refused, or dies before it is accepted, leaves what is said of the run as it was. */
  write(): void {
    const { previous } = this.#folder;
    const { attempts, status, error } = this.#record;
    const before = previous && {
      ...previous,
      attempts,
      ...(previous.status === 'running' && { status, error }), // that attempt was killed
    };
    this.#folder.writeRecord(this.#isAccepted || !before ? this.#record : before);
  }

  /** The attempt's end, on disk. @param step optimizer steps done */
  close(status: TrainingRun['status'], error: TrainingRun['error'], step: number): void {
    this.changeAttempt({ status, error, ended_at: new Date().toISOString(), to_step: step });
    this.change({ status, error });
    this.write();
  }

  failed(cause: unknown, step: number, seconds: number): void {
    const code = cause instanceof PlimsollError ? cause.code : 'INTERNAL';
    const message = cause instanceof Error ? cause.message : String(cause);
    const error = { code, message };
    this.#folder.makeRoom();
    this.close('failed', error, step);
    this.emit({ type: 'run-ended', status: 'failed', step, seconds, error });
  }
}

/**
 * @file Every change of a run's state, each one transaction with its event: whenever the service is killed,
 * what is stored is one of these states, and no two parts of it disagree.
 *
 *     queued ---> running ---> completed | failed | cancelled
 *        |           |
 *        |           +---> queued      its first process never began, or it was paused
 *        +---> failed | cancelled
 *
 * A running run has at most one live attempt. Between two attempts it has none, and what follows is computed
 * from those that ended: so there is nothing else that could get lost. One that is paused is queued, and its place
 * is asked for when it is to go on.
 */
import type {
  CommandOrder,
  RunStatus,
  ServiceEventType,
  ServiceSample,
  TrainingOrder,
  Verdict,
} from '#protocol';
import type { EventStore, NewEvent } from './events.ts';
import { type Connection, tables } from './query.ts';
import type { RunStore } from './runs.ts';
import type { SampleStore } from './samples.ts';
import type { AttemptRow, RunRow } from './schema.ts';

export interface NewRun {
  readonly identifier: string;
  readonly order: TrainingOrder;
  /** default: none, the run trains */
  readonly command?: CommandOrder | null;
  readonly outputDir: string;
  readonly triggeredBy: string;
  readonly retryOf: number | null;
}

export interface NewAttempt {
  readonly command: readonly string[];
  readonly memory: number;
  readonly correction: number;
}

/** What its trainer has told since it was last listened to. */
export interface Heard {
  readonly events: readonly NewEvent[];
  /** bytes of what it told that are in the store from now on */
  readonly eventsRead: number;
  /** where it stands, as JSON; null where nothing is known */
  readonly trainer: string | null;
  readonly run: Partial<
    Pick<RunRow, 'step' | 'of_steps' | 'base_model' | 'dataset_size' | 'final_loss'>
  >;
}

export interface Finish {
  readonly status: Extract<RunStatus, 'completed' | 'failed' | 'cancelled'>;
  readonly errorCode?: string | null;
  readonly errorMessage?: string | null;
}

export interface RunStates {
  /** A new run; or, where `alone` and another of its type waits or runs, the id of that one. */
  enqueue(run: NewRun, alone: boolean): { readonly run: RunRow } | { readonly active: number };
  /** @param bytes null where nothing tells @param share its share of the service's memory @param data for the event */
  predicted(id: number, bytes: number | null, share: number, data: NewEvent['data']): void;
  /** The number of the attempt; null where the run is not to begin one: it has one, has ended or is to end. */
  begin(id: number, attempt: NewAttempt): number | null;
  /** Its process waits for a word to begin, and will be found by `handle`. */
  launched(id: number, attempt: number, handle: string): void;
  /** Its process never began: the attempt was not made. */
  unbegun(id: number, attempt: number): void;
  heard(id: number, attempt: number, heard: Heard): void;
  sampled(id: number, sample: ServiceSample): void;
  ended(id: number, attempt: number, verdict: Verdict): void;
  finish(id: number, finish: Finish): void;
  /** What became of it: one that waits is cancelled at once; null where it had ended, or there is none. */
  askCancel(id: number): 'cancelled' | 'asked' | null;
  /** What became of it: one that waits is paused at once; null where it had ended, is to end, or there is none. */
  askPause(id: number): 'paused' | 'asked' | null;
  /** Of a run that was asked to pause, and has no live attempt: it waits, and its memory is free. */
  paused(id: number): void;
  /** False where no pause was asked for. */
  resume(id: number): boolean;
  /** Which of those that wait begins first, also of one that runs: it may wait again. False where it has ended. */
  prioritize(id: number, priority: number): boolean;
  /** Of a run that waits and has had attempts: it runs, and what follows them is due. */
  goOn(id: number): void;
  /** False where it has not ended, or there is none. Its events, attempts and samples go with it; that it is deleted is told. */
  remove(id: number): boolean;
}

/** What a change of state is written into. */
interface Parts {
  readonly runs: RunStore;
  readonly events: EventStore;
  readonly samples: SampleStore;
}

export function runStates(connection: Connection, { runs, events, samples }: Parts): RunStates {
  const set = (id: number, change: Partial<Omit<RunRow, 'id'>>) =>
    connection.run(tables.updateTable('runs').set(change).where('id', '=', id));
  const setAttempt = (id: number, number: number, change: Partial<AttemptRow>) =>
    connection.run(
      tables
        .updateTable('attempts')
        .set(change)
        .where('run_id', '=', id)
        .where('number', '=', number)
        .where('state', '=', 'live'),
    );
  const tell = (id: number, type: ServiceEventType, data: NewEvent['data'] = {}) =>
    events.append(id, [{ type, data }]);
  const finish = (id: number, { status, errorCode = null, errorMessage = null }: Finish) =>
    connection.transaction(() => {
      const run = runs.byId(id);
      if (!run || !LEADS_TO[run.status].includes(status)) throw wrong(id, run, status);
      const error = { error_code: errorCode, error_message: errorMessage };
      set(id, { status, finished_at: now(), pause_asked_at: null, ...error });
      if (status !== 'completed')
        connection.run(
          tables.updateTable('jobs').set({ results: 'none' }).where('run_id', '=', id),
        );
      tell(id, 'finished', { status, ...error });
    });

  return {
    enqueue: ({ identifier, order, command = null, outputDir, triggeredBy, retryOf }, alone) =>
      connection.transaction(() => {
        const { training_type: type, priority } = order;
        const active = runs.active().find(({ training_type }) => training_type === type);
        if (alone && active) return { active: active.id };
        const { id } = connection.run(
          tables.insertInto('runs').values({
            identifier,
            training_type: type,
            status: 'queued',
            priority,
            training_order: JSON.stringify(order),
            command_order: command && JSON.stringify(command),
            triggered_by: triggeredBy,
            created_at: now(),
            output_dir: outputDir,
            retry_of: retryOf,
          }),
        );
        tell(id, 'queued', { triggered_by: triggeredBy, retry_of: retryOf });
        const run = runs.byId(id);
        if (!run) throw new Error(`internal: run ${id} was not stored`);
        return { run };
      }),

    predicted: (id, bytes, share, data) =>
      connection.transaction(() => {
        set(id, { predicted_bytes: bytes, share_bytes: share });
        tell(id, 'predicted', data);
      }),

    begin: (id, { command, memory, correction }) =>
      connection.transaction(() => {
        const run = runs.byId(id);
        const before = runs.attempts([id]);
        const may = run?.status === 'queued' || run?.status === 'running';
        if (!may || run.cancel_asked_at !== null || run.pause_asked_at !== null) return null;
        if (before.some(({ state }) => state === 'live')) return null;
        const number = (before.at(-1)?.number ?? 0) + 1;
        const started_at = now();
        set(id, { status: 'running', started_at: run.started_at ?? started_at });
        connection.run(
          tables.insertInto('attempts').values({
            run_id: id,
            number,
            state: 'live',
            command: JSON.stringify(command),
            memory_bytes: memory,
            correction_bytes: correction,
            started_at,
            events_read: before.at(-1)?.events_read ?? 0, // its trainer goes on in the same file
          }),
        );
        return number;
      }),

    launched: (id, attempt, handle) =>
      connection.transaction(() => {
        setAttempt(id, attempt, { handle });
        tell(id, 'attempt-started', { attempt });
      }),

    unbegun: (id, attempt) =>
      connection.transaction(() => {
        connection.run(
          tables
            .deleteFrom('attempts')
            .where('run_id', '=', id)
            .where('number', '=', attempt)
            .where('state', '=', 'live'),
        );
        if (attempt === 1) set(id, { status: 'queued', started_at: null });
      }),

    heard: (id, attempt, { events: told, eventsRead, trainer, run }) =>
      connection.transaction(() => {
        if (Object.keys(run).length > 0) set(id, run);
        setAttempt(id, attempt, { events_read: eventsRead, trainer });
        events.append(id, told);
      }),

    sampled: (id, sample) =>
      connection.transaction(() => {
        const live = runs.attempts([id]).find(({ number }) => number === sample.attempt);
        const peak = Math.max(live?.peak_bytes ?? 0, sample.unreclaimable);
        if (peak !== live?.peak_bytes) setAttempt(id, sample.attempt, { peak_bytes: peak });
        samples.add(id, sample);
      }),

    ended: (id, attempt, verdict) =>
      connection.transaction(() => {
        const live = runs.attempts([id]).find(({ number }) => number === attempt);
        if (live?.state !== 'live') return; // its end is known already
        const peak = Math.max(live.peak_bytes ?? 0, verdict.peak_bytes ?? 0);
        const end = { state: 'ended', ended_at: now(), verdict: JSON.stringify(verdict) } as const;
        setAttempt(id, attempt, { ...end, peak_bytes: peak === 0 ? null : peak });
        const { cause, grade } = verdict;
        tell(id, 'attempt-ended', { attempt, cause, grade, peak_bytes: peak });
      }),

    finish,

    askCancel: (id) =>
      connection.transaction(() => {
        const run = runs.byId(id);
        if (run?.status === 'queued') {
          finish(id, { status: 'cancelled' });
          return 'cancelled';
        }
        if (run?.status !== 'running') return null;
        if (run.cancel_asked_at === null) {
          set(id, { cancel_asked_at: now() });
          tell(id, 'cancel-asked');
        }
        return 'asked';
      }),

    askPause: (id) =>
      connection.transaction(() => {
        const run = runs.byId(id);
        const may = run?.status === 'queued' || run?.status === 'running';
        if (!may || run.cancel_asked_at !== null) return null;
        if (run.pause_asked_at === null) {
          set(id, { pause_asked_at: now() });
          tell(id, 'pause-asked');
          for (const { number, state } of runs.attempts([id]))
            if (state === 'live') setAttempt(id, number, { paused: 1 });
          if (run.status === 'queued') tell(id, 'paused');
        }
        return run.status === 'queued' ? 'paused' : 'asked';
      }),

    paused: (id) =>
      connection.transaction(() => {
        const run = runs.byId(id);
        const isLive = runs.attempts([id]).some(({ state }) => state === 'live');
        if (run?.status !== 'running' || run.pause_asked_at === null || isLive)
          throw wrong(id, run, 'queued');
        set(id, { status: 'queued', started_at: null });
        tell(id, 'paused');
      }),

    resume: (id) =>
      connection.transaction(() => {
        const run = runs.byId(id);
        if (!run || run.pause_asked_at === null) return false;
        set(id, { pause_asked_at: null });
        tell(id, 'resumed');
        return true;
      }),

    prioritize: (id, priority) =>
      connection.transaction(() => {
        const run = runs.byId(id);
        if (!run || run.finished_at !== null) return false;
        if (run.priority === priority) return true;
        set(id, { priority });
        tell(id, 'prioritized', { priority });
        return true;
      }),

    goOn: (id) =>
      connection.transaction(() => {
        const run = runs.byId(id);
        const [first] = runs.attempts([id]);
        if (run?.status !== 'queued' || run.pause_asked_at !== null || !first)
          throw wrong(id, run, 'running');
        set(id, { status: 'running', started_at: first.started_at });
      }),

    remove: (id) =>
      connection.transaction(() => {
        const status = runs.byId(id)?.status;
        if (status === undefined || LEADS_TO[status].length > 0) return false;
        events.deleted(id, () => connection.run(tables.deleteFrom('runs').where('id', '=', id)));
        return true;
      }),
  };
}

/** How a run may end from each state; nowhere from one in which it has ended. */
const LEADS_TO: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['failed', 'cancelled'],
  running: ['completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

function wrong(id: number, run: RunRow | null, status: RunStatus): Error {
  return new Error(`internal: run ${id}: ${run?.status ?? 'none'} -> ${status}`);
}

function now(): string {
  return new Date().toISOString();
}

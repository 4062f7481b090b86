/**
 * @file A detached attempt that is watched, by the process that launched it or by a later one: what was seen before
 * is joined with what is seen now, all that a third would need is saved as it comes, and its end is told once.
 */
import { statSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { systemCodeOf } from '#base';
import type { AttemptRecord } from '#protocol';
import * as state from './detached-state.ts';
import { type Begun, endCommand, type Ending } from './end-command.ts';
import { factsOf } from './end.ts';
import type { Asked } from './facts.ts';
import { groupsAfter, isThere } from './group-facts.ts';
import { release } from './keeper.ts';
import type { KernelLogReader } from './kernel-log.ts';
import { type KeptProcess, type ProcessState, stateOf } from './kept-process.ts';
import type { Exit } from './launch.ts';
import { boundLog, logTail, logText } from './log-file.ts';
import { sharesFirstPidNamespace } from './pid-namespace.ts';
import { clearPlace } from './place.ts';
import { OUTPUT_LOG, readRecord, writeRecord } from './run-records.ts';
import { type Sample, thinned } from './samples.ts';
import { send } from './signals.ts';
import type { TrainerEvents } from './trainer-events.ts';
import type { TrainerFacts } from './trainer-facts.ts';
import { verdictOf } from './verdict.ts';
import { type Seen, startWatch } from './watch.ts';

export interface DetachedAttempt {
  readonly pid: number;
  readonly startedAt: string;
  /** why it has no group of its own, and so no limit that is enforced; null where it has one */
  readonly noGroup: string | null;
  samples(): readonly Sample[];
  trainer(): TrainerFacts | null;
  /** its beginning and end */
  output(): string;
  /** Asks it to end: SIGTERM, SIGKILL `graceSeconds` later. Twice does no harm. */
  cancel(): void;
  /** once it has ended, its record is written and its group removed */
  readonly ended: Promise<AttemptRecord>;
  /** Watches no more; the command goes on. `ended` stays open. */
  leave(): void;
}

const LOOK_EVERY_MS = 100;
const CLEAR_WITHIN_MS = 30_000;
const MOST_SAMPLES = 1200;

export interface Readers {
  readonly kernelLog: KernelLogReader;
  readonly trainer: TrainerEvents;
  /** by attachDetached, which can have missed its end */
  readonly found: boolean;
}

export function watchDetached(
  folder: string,
  launched: state.Launched,
  readers: Readers,
): DetachedAttempt {
  const { begun } = launched;
  if (!begun) throw new Error('internal: an attempt without a process is watched');
  const { main, before } = begun;
  const { place } = before;
  const { pid } = main;
  const log = join(folder, OUTPUT_LOG);
  const progress = state.readProgress(folder);
  const earlier = state.readSamples(folder);
  const sinceStart = secondsSince(launched, main);
  const { kernelLog, trainer } = readers;

  let asked: Asked | null = progress && askedIn(progress);
  let askedAt = progress?.asked?.at ?? 0;
  let sent = progress?.asked?.sent ?? false;
  let ending: Ending | null = null;
  let last: Sample | undefined = earlier.at(-1);
  let lines = earlier.length;
  let saved = '';
  const began = performance.now() - 1000 * sinceStart;
  const now = () => (performance.now() - began) / 1000;

  const save = () => {
    const { guard, mostProcesses, leftGroup } = seen();
    const next: state.Progress = {
      asked: asked && { ...asked, at: askedAt, sent },
      guard,
      mostProcesses,
      leftGroup,
      kernelLog: kernelLog.mark(),
    };
    const text = JSON.stringify(next);
    if (text === saved) return;
    unlessFull(() => {
      state.writeProgress(folder, next);
      saved = text;
    });
  };
  /** On record before it is sent: whoever goes on when we are killed knows that it was us. */
  const beforeSignal = (by: Asked) => {
    if (asked === null) askedAt = now();
    asked = by;
    sent = false;
    save();
    setImmediate(() => {
      sent = true;
      save();
    });
  };
  const end = (by: (signal: string) => Asked, begunBefore: Begun | null) => {
    const { graceSeconds } = launched;
    ending ??= endCommand(
      pid,
      place,
      (signal) => beforeSignal(by(signal)),
      begunBefore,
      graceSeconds,
    );
  };

  const watch = startWatch({
    pid,
    place,
    memory: launched.memory,
    guard: launched.guard,
    descriptor: null,
    timeoutSeconds: asked === null ? launched.timeoutSeconds : null,
    trainer,
    kernelLog,
    sinceStart,
    onSignal: () => {
      const by = watch.seen().asked;
      if (by) beforeSignal(by);
    },
    onLook: () => {
      const newest = watch.seen().samples.at(-1);
      if (newest && newest !== last) {
        last = newest;
        unlessFull(() => {
          state.addSample(folder, newest);
          if (++lines > 2 * MOST_SAMPLES) {
            const kept = samples();
            state.replaceSamples(folder, kept);
            lines = kept.length;
          }
        });
      }
      unlessFull(() => boundLog(log));
      save();
    },
  });
  const samples = (): readonly Sample[] => within([...earlier, ...watch.seen().samples]);
  const seen = (): Seen => {
    const newer = watch.seen();
    const all = samples();
    const peak = [...earlier, ...(newer.peak ? [newer.peak] : [])].reduce<Sample | null>(
      (most, each) => (most && most.unreclaimable >= each.unreclaimable ? most : each),
      null,
    );
    return {
      ...newer,
      samples: all,
      peak,
      mostProcesses: Math.max(newer.mostProcesses, progress?.mostProcesses ?? 0),
      leftGroup: newer.leftGroup || (progress?.leftGroup ?? false),
      asked,
      guard: [...(progress?.guard ?? []), ...newer.guard].slice(-MOST_NOTES),
    };
  };

  let timer: NodeJS.Timeout | undefined;
  const first = stateOf(main);
  const over = new Promise<ProcessState>((resolveOver) => {
    const look = () => {
      const is = launched.boot === state.bootId() ? stateOf(main) : GONE;
      if (is.kind === 'alive') timer = setTimeout(look, LOOK_EVERY_MS);
      else resolveOver(is);
    };
    timer = setTimeout(look, 0);
  });
  const ended = over.then((is) => finish(is, readers.found && first.kind !== 'alive'));
  if (asked !== null && first.kind === 'alive') {
    const resumed = asked;
    const seconds = now() - askedAt;
    end((signal) => ({ ...resumed, signal }), { signal: resumed.signal, seconds, sent });
  }

  const finish = async (is: ProcessState, missed: boolean): Promise<AttemptRecord> => {
    watch.stop();
    ending?.stop();
    const groups = groupsAfter(before.groups);
    const written = await recordIn(folder, launched.attempt);
    await watch.readAll();
    const total = secondsSince(launched, main);
    const known = missed ? Math.min(lastSign(launched, log, earlier), total) : total;
    const told = seen();
    const exit = is.kind === 'ended' ? is.exit : exitByLog(told, pid);
    const facts = factsOf({
      pid,
      exit,
      seconds: known,
      unwatchedSeconds: total - known,
      lost: lostOf(launched, is),
      asked,
      before,
      groups,
      seen: told,
      output: logTail(log),
    });
    const record: AttemptRecord = written ?? {
      run_id: launched.runId,
      attempt: launched.attempt,
      command: [...launched.command],
      memory_bytes: launched.memory,
      started_at: launched.startedAt,
      folder: launched.cwd,
      verdict: verdictOf(facts),
      earlier: [],
      samples: [...told.samples],
      output: logText(log),
    };
    if (!written) writeRecord(folder, record);
    // A zombie still holds its id, so that its process group can be no other's.
    if (place.own === null && is.kind === 'ended') send(-pid, 'SIGKILL');
    if (before.groups.slice(0, 1).every(isThere)) await clearPlace(place, CLEAR_WITHIN_MS);
    if (launched.boot === state.bootId()) release(begun.keeper);
    kernelLog.close();
    trainer.close();
    state.removeState(folder);
    return record;
  };

  return {
    pid,
    startedAt: launched.startedAt,
    noGroup: place.problem,
    samples,
    trainer: () => trainer.facts(),
    output: () => logText(log),
    cancel: () => {
      if (asked === null) end((signal) => ({ kind: 'stopped', signal }), null);
    },
    ended,
    leave: () => {
      clearTimeout(timer);
      watch.stop();
      ending?.stop();
      kernelLog.close();
      trainer.leave();
    },
  };
}

/** What cannot be written now is kept in memory, and a supervisor after this one knows less. */
function unlessFull(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!FULL.has(systemCodeOf(error) ?? '')) throw error;
  }
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

const GONE: ProcessState = { kind: 'gone' };
const MOST_NOTES = 5;

function askedIn({ asked }: state.Progress): Asked | null {
  if (asked === null) return null;
  const { at, sent, ...by } = asked;
  return at >= 0 && typeof sent === 'boolean' ? by : null;
}

/** By the machine's clock, which nobody sets; after another start of the machine by the time of day. */
function secondsSince({ boot, startedAt }: state.Launched, { started }: KeptProcess): number {
  const seconds =
    boot === state.bootId()
      ? uptime() - started / 100
      : (Date.now() - Date.parse(startedAt)) / 1000;
  return Math.max(seconds, 0);
}

/** The last that is known of it, in seconds since its start: a sample, or something that it printed. */
function lastSign({ startedAt }: state.Launched, log: string, samples: readonly Sample[]): number {
  const printed = statSync(log, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Math.max(samples.at(-1)?.seconds ?? 0, (printed - Date.parse(startedAt)) / 1000, 0);
}

/** Where its status is lost, the kernel may have logged that it killed it. */
function exitByLog({ kernelLog }: Seen, pid: number): Exit {
  const killed =
    kernelLog.readable &&
    sharesFirstPidNamespace() &&
    kernelLog.kills.some(({ pids }) => pids.includes(pid));
  return { code: null, signal: killed ? 'SIGKILL' : null };
}

function lostOf({ boot }: state.Launched, is: ProcessState): string[] {
  if (boot !== state.bootId()) {
    return [
      'its exit status, and what its control group counted: the machine was started again since',
    ];
  }
  return is.kind === 'ended'
    ? []
    : [
        'its exit status: the process that keeps it was ended too (a container that was started again?)',
      ];
}

function within(samples: readonly Sample[]): Sample[] {
  let kept = [...samples];
  while (kept.length > MOST_SAMPLES) kept = thinned(kept);
  return kept;
}

/** Schemas are loaded when one is needed: `plimsoll run`, which has this file in it, begins without them. */
async function recordIn(folder: string, attempt: number): Promise<AttemptRecord | undefined> {
  const text = readRecord(folder);
  if (text === null) return undefined;
  const { attemptRecordSchema, check } = await import('#protocol');
  const record = check(attemptRecordSchema, JSON.parse(text)).value;
  return record?.attempt === attempt ? record : undefined;
}

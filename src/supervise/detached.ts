/**
 * @file An attempt that outlives its supervisor: launched, left, found again by its folder, ended. One process
 * may watch many; only one at a time may watch an attempt.
 */
import { existsSync, rmSync, statSync } from 'node:fs';
import { uptime } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { check, attemptRecordSchema, type AttemptRecord } from '#protocol';
import { memoryCgroup } from '#kernel';
import { lookBefore } from './before.ts';
import { findCommand } from './command.ts';
import * as state from './detached-state.ts';
import { type Begun, endCommand, type Ending } from './end-command.ts';
import { factsOf } from './end.ts';
import type { Asked } from './facts.ts';
import { groupsAfter, isThere } from './group-facts.ts';
import { DEFAULT_GUARD, type GuardPolicy } from './guard.ts';
import { confine, release, startKept } from './keeper.ts';
import { type KernelLogReader, openKernelLog } from './kernel-log.ts';
import { type KeptProcess, type ProcessState, stateOf } from './kept-process.ts';
import type { Exit } from './launch.ts';
import { boundLog, logTail, logText } from './log-file.ts';
import { sharesFirstPidNamespace } from './pid-namespace.ts';
import { clearPlace, makePlace } from './place.ts';
import { OUTPUT_LOG, readRecord, writeRecord } from './run-records.ts';
import { type Sample, thinned } from './samples.ts';
import { send } from './signals.ts';
import { openTrainerEvents, type TrainerEvents } from './trainer-events.ts';
import type { TrainerFacts } from './trainer-facts.ts';
import { verdictOf } from './verdict.ts';
import { type Seen, startWatch } from './watch.ts';

export interface DetachedRequest {
  readonly runId: string;
  /** 1 for the first of the run */
  readonly attempt: number;
  /** of the run's records; it is there, and no other attempt runs in it */
  readonly folder: string;
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** all of the command's environment, but for what names the file of its events */
  readonly env: NodeJS.ProcessEnv;
  /** bytes; null for what the limits around allow */
  readonly memory: number | null;
  readonly timeoutSeconds: number | null;
  /** not on a file descriptor: that would be lost with this process */
  readonly guard?: GuardPolicy | undefined;
}

export interface DetachedAttempt {
  readonly pid: number;
  readonly startedAt: string;
  /** why it has no group of its own, and so no limit that is enforced; null where it has one */
  readonly noGroup: string | null;
  samples(): readonly Sample[];
  trainer(): TrainerFacts | null;
  /** its beginning and end */
  output(): string;
  /** Asks it to end: SIGTERM, SIGKILL ten seconds later. */
  cancel(): void;
  /** once it has ended, its record is written and its group removed */
  readonly ended: Promise<AttemptRecord>;
  /** Watches no more; the command goes on. `ended` stays open. */
  leave(): void;
}

const LOOK_EVERY_MS = 100;
const WAIT_MS = 5;
const CLEAR_WITHIN_MS = 30_000;
const MOST_SAMPLES = 1200;

/**
 * Resolves when the command has begun. Killed before that, nothing runs, and attachAttempt says so.
 *
 * @throws PlimsollError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE; Error where no process can be started
 */
export async function launchDetached(request: DetachedRequest): Promise<DetachedAttempt> {
  const { folder, memory, cwd, runId, attempt, timeoutSeconds } = request;
  const [program] = request.command;
  findCommand(program.includes('/') ? resolve(cwd, program) : program);
  const name = `plimsoll-${runId}${attempt === 1 ? '' : `-${attempt}`}`;
  const log = join(folder, OUTPUT_LOG);
  const launched: state.Launched = {
    form: 1,
    runId,
    attempt,
    command: request.command,
    cwd,
    memory,
    timeoutSeconds,
    guard: request.guard ?? DEFAULT_GUARD,
    startedAt: new Date().toISOString(),
    boot: state.bootId(),
    groupFolders: memoryCgroup().groups.map((group) => join(group.folder, name)),
    begun: null,
  };
  state.removeState(folder);
  for (const old of [log, `${log}.before`]) rmSync(old, { force: true });
  state.writeLaunched(folder, launched);
  const place = makePlace(name, memory);
  const before = lookBefore(place, null);
  const kernelLog = openKernelLog();
  const trainer = openTrainerEvents(log);
  const env = { ...request.env, ...trainer.env };
  try {
    const kept = await startKept({ command: request.command, cwd, env, log });
    try {
      confine(kept.main, place.own);
      const { main, keeper } = kept;
      const begun = { main, keeper, before, kernelLog: kernelLog.mark() };
      state.writeLaunched(folder, { ...launched, begun });
      await kept.begin();
      return watched(folder, { ...launched, begun }, { kernelLog, trainer, found: false });
    } catch (error) {
      kept.drop();
      throw error;
    }
  } catch (error) {
    kernelLog.close();
    trainer.close();
    await clearPlace(place, CLEAR_WITHIN_MS);
    state.removeState(folder);
    throw error;
  }
}

/**
 * Finds the attempt of a folder again: one that runs is watched on; one that ended meanwhile gets its verdict
 * from what is left. Null where none has begun, and none is there then: it may be launched.
 */
export async function attachDetached(folder: string): Promise<DetachedAttempt | null> {
  const launched = state.readLaunched(folder);
  if (!launched) return null;
  const log = join(folder, OUTPUT_LOG);
  const rebooted = launched.boot !== state.bootId();
  const { begun } = launched;
  const began = begun && (await hasBegun(log, begun.main, rebooted));
  if (!begun || !began) {
    for (const path of launched.groupFolders) {
      const own = { version: 1, path, folder: path } as const;
      await clearPlace({ cgroup: memoryCgroup(), own, problem: null }, CLEAR_WITHIN_MS);
    }
    if (begun && !rebooted) release(begun.keeper);
    state.removeState(folder);
    return null;
  }
  const mark = state.readProgress(folder)?.kernelLog ?? begun.kernelLog;
  const kernelLog = rebooted
    ? unreadable('the machine was started again since')
    : mark === null
      ? unreadable('it could not be read when the attempt began')
      : openKernelLog(undefined, mark);
  const trainer = openTrainerEvents(log, true);
  return watched(folder, launched, { kernelLog, trainer, found: true });
}

function unreadable(reason: string): KernelLogReader {
  const log = { readable: false, reason } as const;
  return { read: () => {}, log: () => log, mark: () => null, close: () => {} };
}

/** That the file is there tells it. A process that still waits for the word learns in a moment that none comes. */
async function hasBegun(log: string, main: KeptProcess, rebooted: boolean): Promise<boolean> {
  while (!existsSync(log)) {
    if (rebooted || stateOf(main).kind !== 'alive') return existsSync(log);
    await sleep(WAIT_MS);
  }
  return true;
}

interface Readers {
  readonly kernelLog: KernelLogReader;
  readonly trainer: TrainerEvents;
  /** by attachDetached, which can have missed its end */
  readonly found: boolean;
}

function watched(folder: string, launched: state.Launched, readers: Readers): DetachedAttempt {
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
    if (text !== saved) state.writeProgress(folder, next);
    saved = text;
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
    ending ??= endCommand(pid, place, (signal) => beforeSignal(by(signal)), begunBefore);
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
        state.addSample(folder, (last = newest));
        if (++lines > 2 * MOST_SAMPLES) {
          const kept = samples();
          state.replaceSamples(folder, kept);
          lines = kept.length;
        }
      }
      boundLog(log);
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
    const written = recordIn(folder, launched.attempt);
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
    },
  };
}

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

function recordIn(folder: string, attempt: number): AttemptRecord | undefined {
  const text = readRecord(folder);
  const record = text === null ? undefined : check(attemptRecordSchema, JSON.parse(text)).value;
  return record?.attempt === attempt ? record : undefined;
}

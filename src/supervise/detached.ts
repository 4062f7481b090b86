/**
 * @file An attempt that outlives its supervisor: launched, left, found again by its folder, ended. One process
 * may watch many; only one at a time may watch an attempt.
 */
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryCgroup } from '#kernel';
import { lookBefore } from './before.ts';
import { findCommand } from './command.ts';
import * as state from './detached-state.ts';
import { type DetachedAttempt, watchDetached } from './detached-watch.ts';
import { GRACE_SECONDS } from './end-command.ts';
import { DEFAULT_GUARD, type GuardPolicy } from './guard.ts';
import { confine, release, startKept } from './keeper.ts';
import { type KernelLogReader, openKernelLog } from './kernel-log.ts';
import { type KeptProcess, stateOf } from './kept-process.ts';
import { clearPlace, makePlace } from './place.ts';
import { OUTPUT_LOG } from './run-records.ts';
import { openTrainerEvents } from './trainer-events.ts';

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
  /** from SIGTERM to SIGKILL, where it is cancelled; default: as after a timeout */
  readonly graceSeconds?: number | undefined;
  /** not on a file descriptor: that would be lost with this process */
  readonly guard?: GuardPolicy | undefined;
}

const WAIT_MS = 5;
const CLEAR_WITHIN_MS = 30_000;

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
    graceSeconds: request.graceSeconds ?? GRACE_SECONDS,
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
      return watchDetached(folder, { ...launched, begun }, { kernelLog, trainer, found: false });
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
  return watchDetached(folder, launched, { kernelLog, trainer, found: true });
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

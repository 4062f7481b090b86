/**
 * @file A folder that one live process at a time may write to. The lock is a file that names its
 * holder by process id and start time, so that a killed run's lock can be told from a live one's,
 * even if the id has been given to another process since.
 *
 * A lock appears whole, by link(2), which fails if there is one. A dead holder's lock is replaced
 * only under a second lock, `.takeover`, made and taken over in the same way, and only after another
 * look: so of several processes that find the same dead lock, one gets it.
 *
 * Can miss: a process in another container (another table of processes) looks dead from here, so two
 * containers that share a folder are not kept apart.
 */
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, systemCodeOf, temporaryName, throwWriteError } from '#base';

/** The name of the lock file in the folder. */
const LOCK_FILE = '.lock';

interface Holder {
  readonly pid: number;
  /** clock ticks from the machine's start to the process's; null where there is no /proc */
  readonly started: string | null;
  readonly runId: string;
}

export interface RunLock {
  /** Gives the folder free. Twice does no harm. */
  readonly release: () => void;
}

/**
 * Takes `folder` for run `runId` of this process.
 *
 * @throws PlimsollError RUN_FOLDER_IN_USE if a live process holds it, this one included
 */
export function lockFolder(folder: string, runId: string): RunLock {
  const holder: Holder = { pid: process.pid, started: startOf(process.pid), runId };
  const file = join(folder, LOCK_FILE);
  const content = `${JSON.stringify(holder)}\n`;
  acquire(file, content, folder);
  let held = true;
  return {
    release: () => {
      // Not ours any more if a process that could not see this one has taken it over.
      if (held && textOf(file) === content) rmSync(file, { force: true });
      held = false;
    },
  };
}

function acquire(file: string, content: string, folder: string): void {
  const temporary = temporaryName(file);
  try {
    writeFileSync(temporary, content, { flag: 'wx' });
    while (!appears(temporary, file)) {
      refuseIfLive(file, folder);
      if (takenOver(temporary, file, content, folder)) return;
    }
  } catch (error) {
    throwWriteError(file, error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Whether the dead lock could be replaced: not if it is gone, since then anyone may make a new one. */
function takenOver(temporary: string, file: string, content: string, folder: string): boolean {
  const takeover = `${file}.takeover`;
  acquire(takeover, content, folder);
  try {
    refuseIfLive(file, folder); // someone else may have been faster
    if (!existsSync(file)) return false;
    renameSync(temporary, file);
    return true;
  } finally {
    rmSync(takeover, { force: true });
  }
}

function appears(temporary: string, file: string): boolean {
  try {
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function refuseIfLive(file: string, folder: string): void {
  const holder = holderOf(file);
  if (holder && isLive(holder))
    fail('RUN_FOLDER_IN_USE', { folder, runId: holder.runId, pid: holder.pid });
}

/** Null if the lock is gone or is no lock of ours: no live process leaves such a file. */
function holderOf(file: string): Holder | null {
  try {
    const { pid, started, runId }: Partial<Holder> = JSON.parse(textOf(file) ?? '');
    return typeof pid === 'number' && pid > 0
      ? { pid, started: started ?? null, runId: runId ?? '?' }
      : null;
  } catch {
    return null;
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null; // gone, given back by its holder
  }
}

function isLive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives, as another user's.
    if (systemCodeOf(error) === 'ESRCH') return false;
  }
  const started = startOf(holder.pid);
  // Where /proc cannot be read, nothing speaks against it.
  return started === null || holder.started === null || started === holder.started;
}

/** When a process started, as the kernel counts; `zombie` for one that has ended; null: unknown. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name in parentheses may hold anything; state is field 3, start time field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 'zombie' : (fields[19] ?? null);
  } catch {
    return null;
  }
}

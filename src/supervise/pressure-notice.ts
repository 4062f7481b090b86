/**
 * @file What is done when memory runs short: a trainer of ours is asked for a checkpoint, or the command is told
 * in the way that it chose. Never throws once the command runs: a notice that fails is a line of evidence.
 */
import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { fail, systemCodeOf, temporaryName, throwWriteError } from '#base';
import { type Place, processesIn } from './place.ts';
import type { Load } from './pressure-guard.ts';
import { treeOf } from './process-tree.ts';
import { inMask, send } from './signals.ts';
import type { TrainerFacts } from './trainer-facts.ts';

export type Notice =
  /** SIGUSR1 to a trainer of ours, if the command has started one */
  | { readonly kind: 'trainer' }
  /** to the command's main process */
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** one JSON line, in a file that is there at once as a whole */
  | { readonly kind: 'file'; readonly file: string }
  /** one JSON line, on file descriptor 3 of the command */
  | { readonly kind: 'descriptor' }
  /** SIGTERM, then SIGKILL */
  | { readonly kind: 'kill' }
  | { readonly kind: 'none' };

/** The command, as far as it can be told something. */
export interface Listener {
  readonly pid: number;
  readonly place: Place;
  /** ours of the pipe that is its file descriptor 3; null where it has none */
  readonly descriptor: number | null;
  readonly trainer: () => TrainerFacts | null;
}

/**
 * Before anything runs: hours later is too late to learn of a wrong path. A notice of an earlier run goes.
 *
 * @throws PlimsollError FILE_NOT_WRITABLE
 */
export function prepareNotice(notice: Notice): void {
  if (notice.kind !== 'file') return;
  const { file } = notice;
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throwWriteError(file, error);
  }
  const text = beginningOf(file);
  if (text === null) return;
  if (!text.startsWith(LINE_BEGINS)) {
    fail('FILE_NOT_WRITABLE', { file, reason: 'there is one of that name that is no such notice' });
  }
  rmSync(file);
}

/** What was done, in words; null where there is nobody to tell, for now. */
export function give(
  notice: Exclude<Notice, { kind: 'kill' }>,
  load: Load,
  listener: Listener,
): string | null {
  switch (notice.kind) {
    case 'trainer':
      return askTrainer(listener);
    case 'signal':
      return signal(notice.signal, listener.pid);
    case 'file':
      return put(lineOf(load), notice.file);
    case 'descriptor':
      return write(lineOf(load), listener.descriptor);
    case 'none':
      break;
  }
  return null;
}

/** Only one that trains has something to save, and only a process of the command is ours to signal. */
function askTrainer({ trainer, place, pid: main }: Listener): string | null {
  const facts = trainer();
  if (facts?.memory == null || facts.end !== null) return null;
  const pids = place.own ? processesIn(place.own) : treeOf(main);
  if (!pids.includes(facts.pid)) return null; // a process id of another namespace, or it has ended
  if (!inMask('SigCgt', facts.pid, 'SIGUSR1')) return null; // on its way out Node no longer listens
  send(facts.pid, 'SIGUSR1');
  return `SIGUSR1 sent to the trainer (process ${facts.pid})`;
}

/** A warning that the program is not ready for would be its end. */
function signal(name: NodeJS.Signals, pid: number): string {
  const ready = (['SigCgt', 'SigIgn', 'SigBlk'] as const).some((mask) => inMask(mask, pid, name));
  if (!ready) return `${name}, which would have ended the command, not sent`;
  send(pid, name);
  return `${name} sent`;
}

const LINE_BEGINS = '{"type":"memory-pressure",';

function lineOf(load: Load): string {
  return `${JSON.stringify({ type: 'memory-pressure', ...load })}\n`;
}

function put(line: string, file: string): string {
  return attempt(`${file} written`, () => {
    const temporary = temporaryName(file);
    writeFileSync(temporary, line); // not flushed: it is for now, not for later
    renameSync(temporary, file);
  });
}

function write(line: string, descriptor: number | null): string {
  if (descriptor === null) return 'nothing sent on file descriptor 3, which could not be given,';
  return attempt('line written to file descriptor 3', () => writeSync(descriptor, line));
}

function attempt(done: string, act: () => unknown): string {
  try {
    act();
    return done;
  } catch (error) {
    return `not ${done} (${systemCodeOf(error) ?? String(error)})`;
  }
}

/** As much as a notice begins with; null where there is no such file. */
function beginningOf(file: string): string | null {
  let fd;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    return throwWriteError(file, error);
  }
  try {
    const buffer = Buffer.alloc(LINE_BEGINS.length);
    return buffer.subarray(0, readSync(fd, buffer)).toString();
  } catch (error) {
    return throwWriteError(file, error); // a folder
  } finally {
    closeSync(fd);
  }
}

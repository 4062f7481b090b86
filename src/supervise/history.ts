/**
 * @file What commands took in earlier runs: a small file for each, beside the records of runs. Bounded: the
 * newest runs of a command, and the commands that ran last.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fingerprintOf, writeFileSafely } from '#base';
import { check, type CommandHistory, commandHistorySchema, type PastRun } from '#protocol';
import { recordsFolder } from './run-records.ts';

const KEPT_RUNS = 20;
/** Each has some 5 KiB. */
const KEPT_COMMANDS = 200;

/** Where a command is the same only with the same words in the same folder. */
type Subject = Pick<CommandHistory, 'folder' | 'command'>;

/** The newest last; none where nothing is known, or what is there cannot be read. */
export function pastRuns(subject: Subject, folder: string = historyFolder()): readonly PastRun[] {
  try {
    const text = readFileSync(fileOf(subject, folder), 'utf8');
    return check(commandHistorySchema, JSON.parse(text)).value?.runs ?? [];
  } catch {
    return []; // it never ran, or another version wrote it
  }
}

/** Adds a run. Where that cannot be written nothing is kept: the command matters, what it took is an extra. */
export function addPastRun(
  { folder: place, command }: Subject,
  run: PastRun,
  folder: string = historyFolder(),
): void {
  const subject = { folder: place, command };
  const runs = [...pastRuns(subject, folder), run].slice(-KEPT_RUNS);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSafely(fileOf(subject, folder), `${JSON.stringify({ ...subject, runs })}\n`);
    for (const file of oldest(folder)) rmSync(file, { force: true });
  } catch {
    // A read-only home, or a full disk.
  }
}

function historyFolder(): string {
  return join(dirname(recordsFolder()), 'history');
}

function fileOf(subject: Subject, folder: string): string {
  return join(folder, `${fingerprintOf(subject).slice(0, 32)}.json`);
}

function oldest(folder: string): string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .map((file) => ({ file, time: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .toSorted((a, b) => b.time - a.time)
    .slice(KEPT_COMMANDS)
    .map(({ file }) => file);
}

/**
 * @file What commands took in earlier runs: a small file for each, beside the records of runs. Bounded: the
 * newest runs of a command, and the commands that ran last.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fingerprintOf, writeFileSafely } from '#base';
import type { Verdict } from '#protocol';
import type { PastRun } from './past-runs.ts';
import { recordsFolder } from './run-records.ts';

const KEPT_RUNS = 20;
/** Each has some 5 KiB. */
const KEPT_COMMANDS = 200;

/** Where a command is the same only with the same words in the same folder. */
interface Subject {
  readonly folder: string;
  readonly command: readonly string[];
}

/** The newest last; none where nothing is known, or what is there cannot be read. */
export function pastRuns(subject: Subject, folder: string = historyFolder()): readonly PastRun[] {
  try {
    const text = readFileSync(fileOf(subject, folder), 'utf8');
    const { runs }: { readonly runs?: unknown } = Object(JSON.parse(text));
    return Array.isArray(runs) && runs.every(isPastRun) ? runs : [];
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

/** What tells of the command's own need: that it came to its end, or was killed for it. */
export function rememberEnd(
  subject: Subject,
  { cause, grade, limit_bytes, limit_from, peak_bytes }: Verdict,
  folder: string = historyFolder(),
): void {
  if (peak_bytes === null || (cause !== 'completed' && !cause.startsWith('oom-'))) return;
  const ended_at = new Date().toISOString();
  addPastRun(subject, { ended_at, cause, grade, limit_bytes, limit_from, peak_bytes }, folder);
}

/** By hand: a schema takes 15 MiB and a tenth of a second, and this is read before each command begins. */
function isPastRun(value: unknown): value is PastRun {
  const field = (name: keyof PastRun): unknown => Reflect.get(Object(value), name);
  const texts = (['ended_at', 'cause', 'grade', 'limit_from'] as const).map(field);
  const limit = field('limit_bytes');
  return (
    texts.every((text) => typeof text === 'string') &&
    (limit === null || isBytes(limit)) &&
    isBytes(field('peak_bytes'))
  );
}

function isBytes(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
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

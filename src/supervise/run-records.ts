/**
 * @file What is kept of commands that ran: a folder each, the newest few, in the user's state folder
 * (XDG Base Directory Specification).
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { writeFileSafely } from '#base';
import type { AttemptRecord } from '#protocol';

/** Each takes up to 16 MiB for output. */
const KEPT = 20;
/** Of the newest attempt; those before it have their number in the name. */
const RECORD = 'attempt.json';
/** Of the newest attempt alone. */
export const OUTPUT_LOG = 'output.log';

export function recordsFolder(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'plimsoll/runs');
}

/** Makes a run's folder; null where that cannot be written. */
export function makeRecordFolder(runId: string, records: string = recordsFolder()): string | null {
  try {
    const folder = join(records, runId);
    mkdirSync(folder, { recursive: true });
    return folder;
  } catch {
    return null; // a read-only home, say: the command matters, its record does not
  }
}

/** Once a run is over, and not before it begins: a command waits for no clearing up. */
export function dropOldRecords(records: string = recordsFolder()): void {
  try {
    for (const old of runIds(records).slice(0, -KEPT)) {
      rmSync(join(records, old), { recursive: true, force: true });
    }
  } catch {
    // Somebody else's file in it, say: it may be dropped after the next run.
  }
}

/** The record of the attempt before, where there is one, is set aside under its number. */
export function writeRecord(folder: string, record: AttemptRecord): void {
  const newest = join(folder, RECORD);
  if (record.attempt > 1 && existsSync(newest)) {
    renameSync(newest, join(folder, numbered(record.attempt - 1)));
  }
  writeFileSafely(newest, `${JSON.stringify(record)}\n`);
}

/** The newest last: ids begin with the second, and within one the folder that was made later is newer. */
export function runIds(records: string = recordsFolder()): string[] {
  try {
    return readdirSync(records)
      .flatMap((id) => {
        const stats = statSync(join(records, id), { bigint: true, throwIfNoEntry: false });
        return stats ? { id, made: stats.birthtimeNs } : []; // another run may have dropped it
      })
      .toSorted((a, b) => {
        const [first, second] = [secondOf(a.id), secondOf(b.id)];
        if (first === second) return Number(a.made - b.made);
        return first < second ? -1 : 1; // digits alone: localeCompare would load a locale's rules, for 5 ms
      })
      .map(({ id }) => id);
  } catch {
    return []; // nothing ran yet
  }
}

const secondOf = (id: string): string => id.slice(0, id.lastIndexOf('-'));

/**
 * The text of the record of a run's newest attempt, or of an earlier one by its number, still to be checked;
 * null where there is none.
 */
export function readRecord(folder: string, earlier?: number): string | null {
  try {
    const name = earlier === undefined ? RECORD : numbered(earlier);
    return readFileSync(join(folder, name), 'utf8');
  } catch {
    return null;
  }
}

const numbered = (attempt: number): string => `attempt-${attempt}.json`;

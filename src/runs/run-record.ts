/** @file training_run.json: the record by which a run's folder is known. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, writeFileSafely } from '#base';
import { check, problemsText, type TrainingRun, trainingRunSchema } from '#protocol';

/** Where the record of the run in `folder` lies, or will. */
export function recordFile(folder: string): string {
  return join(folder, 'training_run.json');
}

/**
 * The run that `path` belongs to: its folder, a link to it, or a checkpoint in it.
 *
 * @throws PlimsollError RUN_NOT_FOUND, RUN_RECORD_DAMAGED
 */
export function findRun(path: string): { readonly folder: string; readonly run: TrainingRun } {
  const folder = folderOfRun(path);
  return { folder, run: readRecord(folder) ?? fail('RUN_NOT_FOUND', { path }) };
}

/** What the record in `folder` says, null if there is none. @throws PlimsollError RUN_RECORD_DAMAGED */
export function readRecord(folder: string): TrainingRun | null {
  const file = recordFile(folder);
  if (!existsSync(file)) return null;
  const { value, problems } = check(trainingRunSchema, parseJson(file));
  return value ?? fail('RUN_RECORD_DAMAGED', { file, reason: problemsText(problems ?? []) });
}

/** Replaces the record in `folder`, in one step. */
export function writeRecord(folder: string, run: TrainingRun): void {
  writeFileSafely(recordFile(folder), `${JSON.stringify(run, null, 2)}\n`);
}

/** @throws PlimsollError RUN_NOT_FOUND */
export function folderOfRun(path: string): string {
  const found = realPath(path);
  // The folder, checkpoint/ in it, or a file in that.
  const candidates = found === null ? [] : [found, dirname(found), dirname(dirname(found))];
  return (
    candidates.find((folder) => existsSync(recordFile(folder))) ?? fail('RUN_NOT_FOUND', { path })
  );
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null; // it does not exist, which the caller says
  }
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail('RUN_RECORD_DAMAGED', { file, reason }, { cause: error });
  }
}

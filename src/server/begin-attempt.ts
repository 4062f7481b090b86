/** @file Begins an attempt of a run: stored first, then begun, so that what runs is always known. */
import { join } from 'node:path';
import type { RunRow, Store } from '#store';
import { prepareAttempt } from './attempts.ts';
import type { Log } from './log.ts';

export interface Beginning {
  readonly store: Pick<Store, 'states'>;
  readonly plimsoll: string;
  readonly log: Log;
}

/** @param words of `plimsoll train`, without its place and its limit @param correction bytes */
export function beginAttempt(
  { store: { states }, plimsoll, log }: Beginning,
  run: RunRow,
  words: readonly string[],
  correction: number,
): void {
  const memory = run.share_bytes ?? 0;
  const command = [plimsoll, 'train', '--memory', String(memory), ...words];
  const number = states.begin(run.id, { command, memory, correction });
  if (number === null) return; // it was cancelled, or another look has begun it
  try {
    const prepared = prepareAttempt(plimsoll, { folder: folderOf(run, number), command, memory });
    states.launched(run.id, number, prepared.handle);
    prepared.begin();
    log.info({ run: run.id, attempt: number, memory }, 'an attempt has begun');
  } catch (error) {
    states.unbegun(run.id, number);
    throw error;
  }
}

/** Beside what the trainer writes into the run's folder. */
export function folderOf({ output_dir }: Pick<RunRow, 'output_dir'>, attempt: number): string {
  return join(output_dir, `attempt-${attempt}`);
}

/** Where a run is to lie that has not begun yet. */
export function placeWords({ output_dir, identifier }: RunRow): string[] {
  return ['--run-directory', output_dir, '--run-id', identifier];
}

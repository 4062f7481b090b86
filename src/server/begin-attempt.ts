/** @file Begins an attempt of a run: stored first, then launched, so that what runs is always known. */
import { join } from 'node:path';
import type { RunRow, Store } from '#store';
import type { AttemptOrder, Attempts } from './attempts.ts';

export interface Beginning {
  readonly store: Pick<Store, 'states'>;
  readonly attempts: Attempts;
  readonly plimsoll: string;
}

/** @param words of `plimsoll train`, without its place and its limit @param correction bytes */
export function beginAttempt(
  { store: { states }, attempts, plimsoll }: Beginning,
  run: RunRow,
  words: readonly string[],
  correction: number,
): void {
  const memory = run.share_bytes ?? 0;
  const command: AttemptOrder['command'] = [
    plimsoll,
    'train',
    '--memory',
    String(memory),
    ...words,
  ];
  const number = states.begin(run.id, { command, memory, correction });
  if (number === null) return; // it was cancelled, or another look has begun it
  const { identifier: runId } = run;
  attempts.launch({ runId, attempt: number, folder: folderOf(run, number), command, memory });
}

/** Beside what the trainer writes into the run's folder. */
export function folderOf({ output_dir }: Pick<RunRow, 'output_dir'>, attempt: number): string {
  return join(output_dir, `attempt-${attempt}`);
}

/** Where a run is to lie that has not begun yet. */
export function placeWords({ output_dir, identifier }: RunRow): string[] {
  return ['--run-directory', output_dir, '--run-id', identifier];
}

/** @file Begins an attempt of a run: stored first, then launched, so that what runs is always known. */
import { join } from 'node:path';
import type { RunRow, Store } from '#store';
import type { Command } from '#supervise';
import type { CommandWork } from '../orders/allowed-commands.ts';
import type { Attempts } from './attempts.ts';
import type { Capacity } from './capacity.ts';
import { orderOf, planLimitOf } from '../orders/order.ts';

export interface Beginning {
  readonly store: Pick<Store, 'states'>;
  readonly attempts: Attempts;
  readonly capacity: Capacity;
  /** the kernel holds each attempt to its limit, in a group of its own */
  readonly enforced: boolean;
  readonly plimsoll: string;
}

export interface NextAttempt {
  readonly command: Command;
  /** bytes of its limit */
  readonly memory: number;
  /** bytes that the planner is told to add */
  readonly correction: number;
  /** its working directory; null for the folder of its own records */
  readonly cwd: string | null;
}

export function beginAttempt(
  { store: { states }, attempts }: Beginning,
  run: RunRow,
  { command, memory, correction, cwd }: NextAttempt,
): void {
  const number = states.begin(run.id, { command, memory, correction });
  if (number === null) return; // it was cancelled, or another look has begun it
  const { identifier: runId } = run;
  const folder = folderOf(run, number);
  attempts.launch({ runId, attempt: number, folder, cwd: cwd ?? folder, command, memory });
}

/** @param words of `plimsoll train`, without its limit @param correction bytes */
export function trainingAttempt(
  parts: Pick<Beginning, 'plimsoll' | 'capacity' | 'enforced'>,
  run: Pick<RunRow, 'id' | 'share_bytes' | 'training_order'>,
  words: readonly string[],
  correction: number,
): NextAttempt {
  const { memory, shareOf } = limitsOf(run, correction, parts);
  const share = shareOf === undefined ? [] : ['--share-of', String(shareOf)];
  const command: Command = [
    parts.plimsoll,
    'train',
    '--memory',
    String(memory),
    ...share,
    ...words,
  ];
  return { command, memory, correction, cwd: null };
}

/**
 * Bytes that a run is to stay within, and of which limit that is its share. The trainer plans once more, with what it
 * finds. Without a group of its own its weights' pages lie beside the share: told of that alone it would make room for
 * them in there, and be slower for it. It is to come to the plan whose peak the share is; but one that took more than
 * was predicted is to take less, by whatever plan.
 */
export function limitsOf(
  run: Pick<RunRow, 'id' | 'share_bytes' | 'training_order'>,
  correction: number,
  { capacity, enforced }: Pick<Beginning, 'capacity' | 'enforced'>,
): { readonly memory: number; readonly shareOf?: number } {
  const memory = run.share_bytes ?? 0;
  if (enforced || correction > 0) return { memory };
  return { memory, shareOf: planLimitOf(orderOf(run), capacity) };
}

/** @param at bytes of its limit, and the rung of its ladder */
export function commandAttempt(
  { allowed: { folder }, rungs }: CommandWork,
  { output_dir }: RunRow,
  at: { readonly rung: number; readonly memory: number },
): NextAttempt {
  const { command } = rungs[at.rung] ?? rungs[0];
  return { command, memory: at.memory, correction: 0, cwd: folder ?? output_dir };
}

/** Beside what the trainer writes into the run's folder. */
export function folderOf({ output_dir }: Pick<RunRow, 'output_dir'>, attempt: number): string {
  return join(output_dir, `attempt-${attempt}`);
}

/** Where a run is to lie that has not begun yet. */
export function placeWords({ output_dir, identifier }: RunRow): string[] {
  return ['--run-directory', output_dir, '--run-id', identifier];
}

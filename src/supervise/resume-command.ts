/** @file The command by which a trainer of ours goes on: its own command line, as it was called. Pure. */
import { basename } from 'node:path';
import type { Command } from './ladder.ts';

export interface Resumption {
  /** of the run */
  readonly folder: string;
  /** bytes */
  readonly memory: number | null;
  /** bytes of the limit of which `memory` is a share */
  readonly shareOf?: number;
  readonly correction: number;
}

/**
 * @param before the command of the attempt that ended
 * @param plimsoll what to call where that does not show it: the trainer ran below another command
 */
export function resumeCommand(before: Command, plimsoll: string, resumption: Resumption): Command {
  const at = calledAt(before);
  const [program = plimsoll, ...args] = at === null ? [] : before.slice(0, at);
  const kept = at === null ? [] : keptFlags(before.slice(at + 1));
  return [program, ...args, 'train', ...kept, ...resumptionFlags(resumption)];
}

/** Of `plimsoll plan` and `train` alike. */
export function resumptionFlags({ folder, memory, shareOf, correction }: Resumption): string[] {
  return [
    '--resume-from',
    folder,
    ...(memory === null ? [] : ['--memory', String(memory)]),
    ...(shareOf === undefined ? [] : ['--share-of', String(shareOf)]),
    ...(correction === 0 ? [] : ['--correction', String(correction)]),
  ];
}

/** Whether the attempt's command did more than to train. */
export function isBelowAnother(command: readonly string[]): boolean {
  return calledAt(command) === null;
}

/** Where the word `train` stands, behind our own command line; null where it does not. */
function calledAt(command: readonly string[]): number | null {
  const at = command.findIndex(
    (word, i) => word === 'train' && OURS.has(basename(command[i - 1] ?? '')),
  );
  return at === -1 ? null : at;
}

const OURS: ReadonlySet<string> = new Set(['plimsoll', 'main.js']);

/** What to compute, and how, is in the run's record. The rest says where its words go, and how to reach the hub. */
function keptFlags(words: readonly string[]): string[] {
  return words.flatMap((word, i) => {
    if (ALONE.has(word) || word.startsWith('--token=')) return [word];
    return words[i - 1] === '--token' ? ['--token', word] : [];
  });
}

const ALONE: ReadonlySet<string> = new Set(['--json', '--offline', '--debug']);

/** @file The flags of `plimsoll run` for memory that runs short: what to do then, and from when on. */
import { Option } from '@commander-js/extra-typings';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { fail } from '#base';
import type { GuardPolicy, Notice } from '#supervise';
import { within } from './flag-values.ts';

export const onPressureOption = () =>
  new Option(
    '--on-pressure <what>',
    "when memory nears a limit: a signal such as SIGUSR1 to the command; file:<path>, a file with one JSON line; fd:3, that line on the command's file descriptor 3; kill, end the command; none (default: SIGUSR1 to plimsoll train, which then saves a checkpoint, and none to other programs)",
  ).argParser(noticeOf);

export const pressureAtOption = () =>
  new Option('--pressure-at <percent>', 'of the limit, in use when --on-pressure is done')
    .default(90)
    .argParser((text) =>
      within(text, '--pressure-at', 'a percentage, above 0 and at most 100', isPercentage),
    );

export function guardOf(options: {
  readonly onPressure?: Notice | undefined;
  readonly pressureAt: number;
}): GuardPolicy {
  return { notice: options.onPressure ?? { kind: 'trainer' }, at: options.pressureAt / 100 };
}

/** @throws PlimsollError FLAG_INVALID */
export function noticeOf(text: string): Notice {
  if (text === 'none' || text === 'kill') return { kind: text };
  if (text === 'fd:3') return { kind: 'descriptor' };
  if (/^file:./.test(text)) return { kind: 'file', file: resolve(text.slice('file:'.length)) };
  const signal = [text, `SIG${text}`].find(isCatchable);
  if (signal !== undefined) return { kind: 'signal', signal };
  return fail('FLAG_INVALID', {
    flag: '--on-pressure',
    problem: `expected a signal that a program can catch (SIGUSR1), file:<path>, fd:3, kill or none, got '${text}'`,
  });
}

function isCatchable(name: string): name is NodeJS.Signals {
  return Object.hasOwn(constants.signals, name) && name !== 'SIGKILL' && name !== 'SIGSTOP';
}

function isPercentage(value: number): boolean {
  return value > 0 && value <= 100;
}

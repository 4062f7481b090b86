/** @file The flags of `plimsoll run` for further attempts: how many, after which ends, when, with what changed. */
import { Option } from '@commander-js/extra-typings';
import { fail } from '#base';
import { type Ladder, parseLadder } from '#supervise';
import { list, within } from './flag-values.ts';
import { memoryRange } from './memory-range.ts';

export const memoryRangeOption = () =>
  new Option(
    '--memory <size|from..to>',
    'what the command may use, such as 512M; 512M..2G: twice as much for each further attempt that needs it, up to the second (default: what the limits around it allow)',
  ).argParser(memoryRange);

export const ladderOption = () =>
  new Option(
    '--ladder <name=values>',
    'batch-size=8,4,2,1: values for {batch-size} in the command, the next after each end for want of memory; name=...; name=...: these move together; may be repeated: one after the other',
  ).argParser(ladder);

export const policyOption = () =>
  new Option(
    '--policy <file>',
    'command, limits, ladders and numbers of attempts from a file; flags win (default: plimsoll.yaml, where it is there and names no command or none is given)',
  );

export const attemptsOption = () =>
  count('--attempts <n>', 'at most so many, the first included (default: 20)', 1);

export const memoryRetriesOption = () =>
  count('--memory-retries <n>', 'of these, after ends for want of memory (default: 10)', 0);

export const retriesOption = () =>
  count('--retries <n>', 'of these, after errors, crashes and kill -9 (default: 0)', 0);

export const unestablishedOption = () =>
  new Option(
    '--unestablished <kind>',
    'what an end counts as that nothing proves: memory, error, or stop (default: stop)',
  ).choices(['memory', 'error', 'stop'] as const);

export const backoffOption = () =>
  new Option(
    '--backoff <first,factor,most>',
    'seconds before the second attempt, how much longer each wait is than the one before, and the longest, where waiting may help (default: 1,2,60)',
  ).argParser(backoff);

function ladder(text: string, before: readonly Ladder[] | undefined): Ladder[] {
  const parsed = parseLadder(text);
  return 'problem' in parsed
    ? fail('FLAG_INVALID', { flag: '--ladder', problem: parsed.problem })
    : [...(before ?? []), parsed];
}

/** As many as a policy may have: see protocol/recovery-policy.ts. */
const MOST = 1000;

function count<const U extends `--${string} <n>`>(usage: U, help: string, least: number) {
  const flag = usage.split(' ')[0] ?? usage;
  const fits = (n: number) => Number.isInteger(n) && n >= least && n <= MOST;
  return new Option(usage, help).argParser((text) =>
    within(text, flag, `a whole number from ${least} to ${MOST}`, fits),
  );
}

function backoff(text: string) {
  const flag = '--backoff';
  const [first = '', factor = '2', most = '60', more] = list(text);
  if (more !== undefined)
    fail('FLAG_INVALID', { flag, problem: `expected three numbers, got '${text}'` });
  const seconds = (part: string) => within(part, flag, 'seconds, 0 or more', (s) => s >= 0);
  return {
    first: seconds(first),
    factor: within(factor, flag, 'a factor of 1 or more', (n) => n >= 1),
    most: seconds(most),
  };
}

/** @file The exit code of a command that ran under supervision, as a shell would give it. */
import { constants } from 'node:os';

/** Its own, or 128 and the number of the signal that ended it. */
export function exitCodeOf(end: {
  readonly exit_code: number | null;
  readonly signal: string | null;
}): number {
  if (end.exit_code !== null) return end.exit_code;
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return 128 + (numbers[end.signal ?? ''] ?? 0);
}

/** @file From the flags of `plimsoll run` and from plimsoll.yaml to what is run, and by which policy. */
import { existsSync } from 'node:fs';
import { fail } from '#base';
import type { RecoveryPolicy } from '#protocol';
import {
  type Command,
  DEFAULT_POLICY,
  fill,
  type FilledRung,
  type Ladder,
  mismatch,
  rungsOf,
} from '#supervise';
import type { MemoryRange } from './memory-range.ts';
import type { PolicySettings } from './policy-file.ts';

export interface RunSettings {
  /** the command on each rung */
  readonly rungs: readonly [FilledRung, ...FilledRung[]];
  readonly policy: RecoveryPolicy;
}

export interface RecoveryFlags {
  readonly memory?: MemoryRange | undefined;
  readonly ladder?: readonly Ladder[] | undefined;
  readonly policy?: string | undefined;
  readonly attempts?: number | undefined;
  readonly memoryRetries?: number | undefined;
  readonly retries?: number | undefined;
  readonly unestablished?: RecoveryPolicy['unestablished'] | undefined;
  readonly backoff?: RecoveryPolicy['backoff'] | undefined;
}

/**
 * Null where neither the words nor the file name a command.
 *
 * @param words of the command; none where the file is to say it
 * @throws PlimsollError FLAG_INVALID, POLICY_UNREADABLE, POLICY_MALFORMED
 */
export async function runSettings(
  words: readonly string[],
  flags: RecoveryFlags,
): Promise<RunSettings | null> {
  const file = await policyFile(words, flags);
  const [program, ...args] = words;
  const command: Command | null =
    program === undefined ? (file?.command ?? null) : [program, ...args];
  if (command === null) return null;
  const ladders = flags.ladder ?? file?.ladders ?? [];
  const memory = flags.memory ?? file?.memory ?? null;
  // Words with braces are nobody's business where no attempt is to differ from another.
  const differ = ladders.length > 0 || file !== null || memory?.from !== memory?.to;
  if (differ) refuseMismatch(ladders, command, flags, file);
  const [first = {}, ...lower] = rungsOf(ladders);
  const filled = (values: FilledRung['values']) => ({
    values,
    command: differ ? fill(command, values) : command,
  });
  return {
    rungs: [filled(first), ...lower.map(filled)],
    policy: policyOf(flags, file, memory),
  };
}

const POLICY_FILE = 'plimsoll.yaml';

/** One that lies here is for the command that it names, or for any where it names none. */
async function policyFile(
  words: readonly string[],
  { policy }: RecoveryFlags,
): Promise<PolicySettings | null> {
  if (policy === undefined && !existsSync(POLICY_FILE)) return null;
  const { readPolicyFile } = await import('./policy-file.ts');
  const file = readPolicyFile(policy ?? POLICY_FILE);
  const forAnother = words.length > 0 && file.command !== null;
  return policy === undefined && forAnother ? null : file;
}

function refuseMismatch(
  ladders: readonly Ladder[],
  command: Command,
  flags: RecoveryFlags,
  file: PolicySettings | null,
): void {
  const problem = mismatch(ladders, command)?.problem;
  if (problem === undefined) return;
  if (flags.ladder === undefined && file && file.ladders.length > 0) file.refuse('ladder', problem);
  if (flags.ladder === undefined && file?.command === command) file.refuse('command', problem);
  fail('FLAG_INVALID', { flag: '--ladder', problem });
}

export function policyOf(
  flags: RecoveryFlags,
  file: Pick<PolicySettings, 'policy'> | null,
  memory: MemoryRange | null,
): RecoveryPolicy {
  const preset = DEFAULT_POLICY;
  const given = file?.policy ?? {};
  return {
    attempts: flags.attempts ?? given.attempts ?? preset.attempts,
    memoryRetries: flags.memoryRetries ?? given['memory-retries'] ?? preset.memoryRetries,
    retries: flags.retries ?? given.retries ?? preset.retries,
    unestablished: flags.unestablished ?? given.unestablished ?? preset.unestablished,
    backoff: flags.backoff ?? given.backoff ?? preset.backoff,
    memory,
  };
}

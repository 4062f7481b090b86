/** @file plimsoll.yaml: a command, its limits, its ladders, and how often it is tried again. */
import { fail, PlimsollError } from '#base';
import { check, type PolicyFile, policyFileSchema } from '#protocol';
import { type Command, type Ladder, ladderOf } from '#supervise';
import { type MemoryRange, memoryRange } from './memory-range.ts';
import { textOfFile } from './text-of-file.ts';
import { parseYaml } from './yaml-file.ts';

export interface PolicySettings {
  /** null where the file has none: it is then for any command */
  readonly command: Command | null;
  readonly memory: MemoryRange | null;
  readonly ladders: readonly Ladder[];
  /** as the file has them, absent where it has none */
  readonly policy: Omit<PolicyFile, 'command' | 'memory' | 'ladder'>;
  /** Fails with what is wrong with that field, and its line. */
  readonly refuse: (field: 'command' | 'ladder', problem: string) => never;
}

/** @throws PlimsollError POLICY_UNREADABLE, POLICY_MALFORMED */
export function readPolicyFile(file: string): PolicySettings {
  const { value, refuseAt } = parseYaml(textOfFile(file, 'POLICY_UNREADABLE'), (line, problem) =>
    fail('POLICY_MALFORMED', { file, line, problem }),
  );
  refuseUnknown(value, refuseAt);
  const { value: settings, problems } = check(policyFileSchema, value);
  if (!settings) {
    const [{ path, message } = { path: '', message: '' }] = problems;
    return refuseAt(path.split('.'), `${path === '' ? '' : `${path}: `}${message}`);
  }
  return policySettings(settings, refuseAt);
}

/** What the schema cannot say of it is checked here. */
export function policySettings(settings: PolicyFile, refuseAt: RefuseAt): PolicySettings {
  const { command, memory, ladder, ...policy } = settings;
  return {
    command: commandOf(command, (problem) => refuseAt(['command'], problem)),
    memory: rangeOf(memory, (problem) => refuseAt(['memory'], problem)),
    ladders: laddersOf(ladder, (path, problem) => refuseAt(['ladder', ...path], problem)),
    policy,
    refuse: (field, problem) => refuseAt([field], problem),
  };
}

type Refuse = (problem: string) => never;
type RefuseAt = (path: readonly string[], problem: string) => never;

function refuseUnknown(value: unknown, refuseAt: RefuseAt): void {
  const known = Object.keys(policyFileSchema.shape);
  const unknown = Object.keys(Object(value)).find((key) => !known.includes(key));
  if (typeof value === 'object' && !Array.isArray(value) && unknown !== undefined)
    refuseAt([unknown], `expected one of ${known.join(', ')}, got '${unknown}'`);
}

/** What a shell would take for more than a word. */
const SHELL = /["'\\|&;<>()$`*?#~]/;

function commandOf(command: PolicyFile['command'], refuse: Refuse): Command | null {
  if (command === undefined) return null;
  if (typeof command === 'string' && SHELL.test(command))
    refuse(
      `command: expected simple words, or a list of them, got '${command}', which only a shell understands. Write [sh, -c, '...'], or each word as an item of its own`,
    );
  const words = typeof command === 'string' ? command.split(/\s+/).filter(Boolean) : command;
  const [program, ...args] = words;
  return program ? [program, ...args] : refuse('command: expected words, got none');
}

function rangeOf(memory: PolicyFile['memory'], refuse: Refuse): MemoryRange | null {
  if (memory === undefined) return null;
  try {
    return memoryRange(String(memory));
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    return refuse(`memory: ${error.message.replace('--memory: ', '')}`);
  }
}

function laddersOf(
  ladder: PolicyFile['ladder'],
  refuse: (path: readonly string[], problem: string) => never,
): Ladder[] {
  const several = Array.isArray(ladder);
  const all = ladder === undefined ? [] : several ? ladder : [ladder];
  return all.map((each, i) => {
    const parsed = ladderOf(
      Object.entries(each).map(([name, values]) => [name, values.map(String)] as const),
    );
    return 'problem' in parsed
      ? refuse(several ? [String(i)] : [], `ladder: ${parsed.problem}`)
      : parsed;
  });
}

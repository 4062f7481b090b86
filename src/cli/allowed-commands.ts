/**
 * @file The commands that the settings of the service allow: each read as plimsoll.yaml is, and its placeholders
 * checked. What a client fills in becomes an argument or a part of one, so that no placeholder may stand where a
 * program reads code.
 */
import { basename, isAbsolute } from 'node:path';
import { type AllowedValue, type CommandConfig, valueProblem, wholeValue } from '#protocol';
import type { AllowedCommand } from '#server';
import { type Ladder, placeholdersOf } from '#supervise';
import { policySettings } from './policy-file.ts';
import { policyOf } from './run-settings.ts';

/** Fails with what is wrong at that place of the file. */
type RefuseAt = (path: readonly string[], problem: string) => never;

export function allowedCommands(
  commands: Readonly<Record<string, CommandConfig>>,
  refuseAt: RefuseAt,
): AllowedCommand[] {
  return Object.entries(commands).map(([name, config]) =>
    allowedCommand(name, config, (path, problem) =>
      refuseAt(['commands', name, ...path], `commands.${name}: ${problem}`),
    ),
  );
}

function allowedCommand(name: string, config: CommandConfig, refuseAt: RefuseAt): AllowedCommand {
  const { description = null, folder = null, values: given = {}, ...rest } = config;
  const settings = policySettings(rest, refuseAt);
  const { command, ladders } = settings;
  if (command === null) return refuseAt(['command'], 'command: expected words, got none');
  if (folder !== null && !isAbsolute(folder))
    refuseAt(['folder'], `folder: expected a whole path, such as /srv/train, got '${folder}'`);
  const values = Object.fromEntries(
    Object.entries(given).map(([each, value]) => [each, value ?? {}]),
  );
  refuseOdd(command, values, ladders, refuseAt);
  for (const [each, value] of Object.entries(values)) {
    const problem = valueSettingProblem(value);
    if (problem !== null) refuseAt(['values', each], `values.${each}: ${problem}`);
  }
  const policy = policyOf({}, settings, settings.memory);
  return { name, description, command, values, ladders, policy, folder };
}

/** Every placeholder has a ladder or a value, not both, and stands where it is an argument. */
function refuseOdd(
  command: AllowedCommand['command'],
  values: Readonly<Record<string, AllowedValue>>,
  ladders: readonly Ladder[],
  refuseAt: RefuseAt,
): void {
  const wanted = placeholdersOf(command);
  const laddered = ladders.flatMap(([first]) => Object.keys(first));
  const free = Object.keys(values);
  const idle = [...laddered, ...free].find((name) => !wanted.includes(name));
  if (idle !== undefined)
    refuseAt(['command'], `command: expected {${idle}} in one of its words, got none`);
  const twice = [...laddered, ...free].find((name, i, all) => all.indexOf(name) !== i);
  if (twice !== undefined)
    refuseAt(['command'], `expected one ladder or one value for {${twice}}, got two`);
  const open = wanted.find((name) => !laddered.includes(name) && !free.includes(name));
  if (open !== undefined)
    refuseAt(
      ['command'],
      `command: expected what may stand for {${open}}, in values or in a ladder, got none. Write {{${open}}} for a word with these braces`,
    );
  const code = codeWords(command).flatMap((word) => placeholdersOf([word]));
  const read = code.find((name) => free.includes(name));
  if (read !== undefined)
    refuseAt(
      ['command'],
      `command: expected {${read}} as an argument, got it where a program reads code. Write [sh, -c, 'train "$1"', sh, '{${read}}']`,
    );
}

/**
 * What is run, or read as code: the program, and the word after the flag of an interpreter. One that is called in
 * another way is missed.
 */
function codeWords(command: readonly string[]): string[] {
  const from = command.findIndex((word) => INTERPRETER.test(basename(word)));
  return command.filter(
    (_, i) => i === 0 || (from !== -1 && i > from + 1 && CODE_FLAG.test(command[i - 1] ?? '')),
  );
}

const INTERPRETER = /^((ba|da|a|z|k)?sh|python[\d.]*|perl|ruby|node|nodejs|php|lua|Rscript)$/;
const CODE_FLAG = /^(-\w*[cepr]|--eval|--print)$/;

function valueSettingProblem(value: AllowedValue): string | null {
  const { pattern, choices, default: preset } = value;
  if (pattern !== undefined && choices) return 'expected a pattern or choices, got both';
  try {
    if (pattern !== undefined) wholeValue(pattern);
  } catch (error) {
    return `pattern: expected a regular expression, got '${pattern}': ${error instanceof Error ? error.message : String(error)}`;
  }
  const problem = preset === undefined ? null : valueProblem(value, String(preset));
  return problem === null ? null : `default: ${problem}`;
}

/** @file The flags of train-flags.ts on a command, and what was given with them. */
import { type Command, Option } from '@commander-js/extra-typings';
import { repeated } from './flag-values.ts';
import type { GivenFlags } from './spec-from-flags.ts';
import { flagHelp, flagName, SPEC_FLAGS, type SpecFlag } from './train-flags.ts';

/** @param rows those that the command knows */
export function addSpecOptions(command: Command, rows: readonly SpecFlag[] = SPEC_FLAGS): void {
  for (const row of rows) for (const option of optionsOf(row)) command.addOption(option);
}

/** Texts are read here, not by commander, which takes a null for a flag without a value. */
export function givenFlags(values: Readonly<Record<string, unknown>>): GivenFlags {
  const given = new Map<string, unknown>();
  for (const row of SPEC_FLAGS) {
    const flag = flagName(row);
    const value = values[new Option(row.usage).attributeName()];
    if (value === undefined) continue;
    given.set(flag, row.read && typeof value === 'string' ? row.read(value, flag) : value);
  }
  return given;
}

function optionsOf(row: SpecFlag): Option[] {
  const option = new Option(row.usage, flagHelp(row)).helpGroup(`${row.group}:`);
  if (row.repeated) option.argParser(repeated);
  if (!row.negatable) return [option];
  const off = new Option(
    flagName(row).replace('--', '--no-'),
    `without ${flagName(row)}, also where the preset has it`,
  );
  return [option, off.helpGroup(`${row.group}:`)];
}

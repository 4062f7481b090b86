/** @file The commands that the administrator allows: listed, ordered with values, and the words that come of that. Pure. */
import { fail } from '#base';
import { type CommandOrder, type CommandRun, type ListedCommand, valueProblem } from '#protocol';
import { fill, type FilledRung, rungsOf } from '#supervise';
import type { AllowedCommand } from '../settings.ts';

export interface CommandWork {
  readonly allowed: AllowedCommand;
  /** its words, from the largest to the smallest; one where there is no ladder */
  readonly rungs: readonly [FilledRung, ...FilledRung[]];
}

export interface AllowedCommands {
  list(): ListedCommand[];
  /** With presets filled in. @throws PlimsollError COMMAND_UNKNOWN, REQUEST_INVALID */
  order(name: string, values: CommandRun['values']): CommandOrder;
  /**
   * What is to be run: by the settings of today, which may be others than when it was ordered.
   *
   * @throws PlimsollError COMMAND_UNKNOWN, REQUEST_INVALID
   */
  work(order: CommandOrder): CommandWork;
}

export function allowedCommands(all: readonly AllowedCommand[]): AllowedCommands {
  const found = (name: string): AllowedCommand =>
    all.find((each) => each.name === name) ?? fail('COMMAND_UNKNOWN', { name });
  return {
    list: () => all.map(listed),
    order: (name, values) => ({ name, values: valuesOf(found(name), values) }),
    work: (order) => {
      const allowed = found(order.name);
      const values = valuesOf(allowed, order.values);
      const [first = {}, ...lower] = rungsOf(allowed.ladders);
      const filled = (rung: FilledRung['values']): FilledRung => ({
        values: rung,
        command: fill(allowed.command, { ...values, ...rung }),
      });
      return { allowed, rungs: [filled(first), ...lower.map(filled)] };
    },
  };
}

function listed({ name, description, command, values, policy }: AllowedCommand): ListedCommand {
  return { name, description, command: [...command], values: { ...values }, memory: policy.memory };
}

function valuesOf(
  { name, values: known }: AllowedCommand,
  given: CommandRun['values'],
): Record<string, string> {
  const names = Object.keys(known);
  const unknown = Object.keys(given).find((each) => !names.includes(each));
  if (unknown !== undefined) {
    const expected = names.length === 0 ? 'no values' : `only ${names.join(', ')}`;
    refuse(unknown, `expected ${expected} for the command ${name}, got '${unknown}'`);
  }
  return Object.fromEntries(
    Object.entries(known).map(([each, allowed]) => {
      const value = Object.hasOwn(given, each) ? given[each] : allowed.default;
      if (value === undefined) return refuse(each, 'expected a value, got nothing');
      const problem = valueProblem(allowed, String(value));
      return problem === null ? [each, String(value)] : refuse(each, problem);
    }),
  );
}

function refuse(value: string, problem: string): never {
  return fail('REQUEST_INVALID', { field: `values.${value}`, problem });
}

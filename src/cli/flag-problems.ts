/** @file A schema's complaints in the words of the command line: flags instead of fields. */
import { fail } from '#base';
import type { Problem } from '#protocol';
import { flagName, SPEC_FLAGS } from './train-flags.ts';

/**
 * Throws the first problem as the user's: the others may only follow from it.
 *
 * @throws PlimsollError FLAG_INVALID
 */
export function failOnProblems(part: 'spec' | 'plan', problems: readonly Problem[]): never {
  const [first] = problems;
  if (!first) throw new Error('internal: no problem to tell');
  const flag = flagOfField(`${part}.${first.path}`);
  if (flag === undefined)
    throw new Error(`internal: ${part}: ${first.path}: ${first.message}, and no flag sets it`);
  return fail('FLAG_INVALID', { flag, problem: inFlags(first.message) });
}

/** The flag that sets `field`, or the field around it: `spec.data.files.0` -> `--data`. */
export function flagOfField(field: string): string | undefined {
  if (field === 'spec.baseModel.ref') return '--base-model';
  if (field === 'spec.baseModel.revision') return '--revision';
  const row = SPEC_FLAGS.find((each) => `${field}.`.startsWith(`${each.field}.`));
  return row && flagName(row);
}

/** `expected warmupSteps or warmupRatio` -> `expected --warmup-steps or --warmup-ratio` */
function inFlags(message: string): string {
  return message.replaceAll(/\b[a-z]+[A-Z]\w*/g, (word) => NAMES.get(word) ?? word);
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ...SPEC_FLAGS.map((row) => [row.field.replace(/^.*\./, ''), flagName(row)] as const),
  ['validData', '--valid-data'],
]);

/**
 * @file Ladders: values for placeholders of a command, from the one that takes most memory to the one that
 * takes least. Pure.
 *
 * What stands in one ladder moves together (a smaller batch, and as many more of them for each step, which
 * keeps the result); several ladders are taken one after the other, each from where the one before ended.
 */

/** A value for each placeholder. */
export type Rung = Readonly<Record<string, string>>;
/** At least one rung; all have the same placeholders. */
export type Ladder = readonly [Rung, ...Rung[]];
export type Command = readonly [string, ...string[]];

/** What is wrong with a ladder, in words: expected, and got. */
export interface LadderProblem {
  readonly problem: string;
}

/** `batch-size=8,4,2,1`, or `batch-size=8,4; accumulate=1,2` for two that move together. */
export function parseLadder(text: string): Ladder | LadderProblem {
  const columns: [string, string[]][] = [];
  for (const part of text.split(';')) {
    const [, name, list = ''] = /^\s*([^\s=]+)\s*=(.*)$/s.exec(part) ?? [];
    if (name === undefined) {
      return {
        problem: `expected a placeholder and its values, such as batch-size=8,4,2,1, got '${part.trim()}'`,
      };
    }
    columns.push([name, list.split(',').map((value) => value.trim())]);
  }
  return ladderOf(columns);
}

/** Placeholders with their values, the first of which take most memory. */
export function ladderOf(
  columns: readonly (readonly [string, readonly string[]])[],
): Ladder | LadderProblem {
  const problem = columnsProblem(columns);
  if (problem !== null) return { problem };
  const count = columns[0]?.[1].length ?? 0;
  const rungs = Array.from({ length: count }, (_, i) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[i] ?? ''])),
  );
  const [first, ...rest] = rungs;
  return first ? [first, ...rest] : { problem: 'expected a ladder, got an empty one' };
}

function columnsProblem(columns: readonly (readonly [string, readonly string[]])[]): string | null {
  const seen = new Set<string>();
  for (const [name, values] of columns) {
    if (!NAME.test(name))
      return `expected a placeholder's name of letters, digits, '-' and '_', got '${name}'`;
    if (seen.has(name)) return `expected each placeholder once, got '${name}' twice`;
    if (values.every((value) => value === ''))
      return `expected values for '${name}', such as ${name}=8,4,2,1, got none`;
    if (values.includes(''))
      return `expected a value between two commas, got '${name}=${values.join(',')}'`;
    if (values.length !== columns[0]?.[1].length)
      return `expected as many values for '${name}' as for '${columns[0]?.[0]}', which it moves with, got ${values.length} and ${columns[0]?.[1].length}`;
    seen.add(name);
  }
  return null;
}

/** Every rung in the order in which they are taken; one without placeholders where there is no ladder. */
export function rungsOf(ladders: readonly Ladder[]): readonly Rung[] {
  const top: Rung = Object.assign({}, ...ladders.map(([first]) => first));
  return ladders.reduce<readonly Rung[]>(
    (rungs, [, ...lower]) => {
      const reached = rungs.at(-1) ?? {};
      return [...rungs, ...lower.map((rung) => ({ ...reached, ...rung }))];
    },
    [top],
  );
}

/**
 * The first thing that keeps `ladders` from going with `command`; null where they do. Every placeholder of
 * the command needs a ladder, and every ladder a placeholder.
 */
export function mismatch(ladders: readonly Ladder[], command: Command): LadderProblem | null {
  const named = ladders.flatMap(([first]) => Object.keys(first));
  const twice = named.find((name, i) => named.indexOf(name) !== i);
  if (twice !== undefined)
    return { problem: `expected one ladder for each placeholder, got two for '${twice}'` };
  const wanted = placeholdersOf(command);
  const idle = named.find((name) => !wanted.includes(name));
  if (idle !== undefined) {
    const got =
      wanted.length === 0 ? 'one without placeholders' : `one with ${listed(wanted)} only`;
    return {
      problem: `expected a command with {${idle}} in it, which the ladder is to fill, got ${got}`,
    };
  }
  const open = wanted.find((name) => !named.includes(name));
  return open === undefined
    ? null
    : {
        problem: `expected a ladder for {${open}}, which the command has, got none. Write {{${open}}} for a word with these braces`,
      };
}

/** A rung and the command that it makes. */
export interface FilledRung {
  readonly values: Rung;
  readonly command: Command;
}

/** `{name}` becomes its value, `{{name}}` becomes `{name}`. */
export function fill(command: Command, rung: Rung): Command {
  const [program, ...args] = command;
  const filled = (word: string) =>
    word.replaceAll(PLACEHOLDER, (all, escaped: string | undefined, name: string | undefined) =>
      escaped === undefined ? (rung[name ?? ''] ?? all) : `{${escaped}}`,
    );
  return [filled(program), ...args.map(filled)];
}

/** `batch-size=4, accumulate=2`: what of `rung` differs from `before`, or all of it. */
export function rungText(rung: Rung, before: Rung = {}): string {
  return Object.entries(rung)
    .filter(([name, value]) => before[name] !== value)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

const NAME = /^[A-Za-z][\w-]*$/;
/** Not `${NAME}`, which is for a shell. */
const PLACEHOLDER = /(?<!\$)(?:\{\{([A-Za-z][\w-]*)\}\}|\{([A-Za-z][\w-]*)\})/g;

export function placeholdersOf(command: readonly string[]): string[] {
  const names = command.flatMap((word) =>
    [...word.matchAll(PLACEHOLDER)].flatMap(([, , name]) => (name === undefined ? [] : [name])),
  );
  return [...new Set(names)];
}

function listed(names: readonly string[]): string {
  return names.map((name) => `{${name}}`).join(', ');
}

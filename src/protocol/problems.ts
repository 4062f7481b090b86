/**
 * @file What is wrong with a value that came from outside, in words: where, what was expected, what
 * was there. Zod's own texts name neither the value found nor, for unions, what would have done.
 */
import type { z } from 'zod';

export interface Problem {
  /** fields from the outside in, joined by points; empty for the value itself */
  readonly path: string;
  /** for example: `expected a whole number, 1 or more, got 0` */
  readonly message: string;
}

export type Checked<T> =
  | { readonly value: T; readonly problems?: undefined }
  | { readonly value?: undefined; readonly problems: readonly Problem[] };

type Issue = z.core.$ZodIssue;

/** Parses `input`; problems come in the order of the schema's fields, unknown fields last. */
export function check<T>(schema: z.ZodType<T>, input: unknown): Checked<T> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return { value: result.data };
  return { problems: result.error.issues.map((issue) => problemOf(input, issue)) };
}

/** One line for all problems: `method.r: expected ..., got ...; seed: expected ..., got ...`. */
export function problemsText(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
}

function problemOf(input: unknown, issue: Issue): Problem {
  // Of a union, the member that fails only deeper inside is the one that was meant.
  const inner =
    issue.code === 'invalid_union'
      ? issue.errors.find((issues) => issues.every((each) => each.path.length > 0))?.[0]
      : undefined;
  if (inner) return problemOf(input, { ...inner, path: [...issue.path, ...inner.path] });
  const path = issue.path.map(String).join('.');
  if (issue.code === 'custom') return { path, message: issue.message };
  if (issue.code === 'invalid_key') {
    const names = [...new Set(issue.issues.map(expected))].join(', or ');
    const [around, name] = [issue.path.slice(0, -1), issue.path.at(-1)];
    const message = `expected as a name ${names}, got ${shown(String(name))}`;
    return { path: around.map(String).join('.'), message };
  }
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((key) => `'${key}'`).join(', ');
    return { path, message: `expected fields that are known, got ${unknown}` };
  }
  return { path, message: `expected ${expected(issue)}, got ${shown(valueAt(input, issue.path))}` };
}

function expected(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'too_small':
      return sized(
        issue.origin,
        issue.inclusive ? `${issue.minimum} or more` : `more than ${issue.minimum}`,
      );
    case 'too_big':
      return sized(
        issue.origin,
        issue.inclusive ? `${issue.maximum} or less` : `less than ${issue.maximum}`,
      );
    case 'invalid_value':
      return oneOf(issue.values.map(shown));
    case 'invalid_union':
      return 'options' in issue && issue.options
        ? oneOf(issue.options.map(shown))
        : [...new Set(issue.errors.flat().map(expected))].join(', or ');
    case 'invalid_format':
      return issue.pattern
        ? `a text that fits ${issue.pattern}`
        : `a text of the form ${issue.format}`;
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      break; // no schema of ours leads here
  }
  return `something else (${issue.message})`;
}

const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
};

function sized(origin: string, range: string): string {
  if (origin === 'string' || origin === 'array') {
    const kind = origin === 'string' ? 'a text' : 'a list';
    return range === '1 or more'
      ? `${kind} that is not empty`
      : `${kind} with a length of ${range}`;
  }
  return origin === 'int' ? `a whole number, ${range}` : range;
}

function oneOf(options: readonly string[]): string {
  return options.length === 1 ? `${options[0]}` : `one of ${options.join(', ')}`;
}

/** Long values are cut: the message has to stay one line on a terminal. */
const MAX_SHOWN = 60;

function shown(value: unknown): string {
  const text = textOf(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

function textOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'number') return String(value); // JSON has neither NaN nor Infinity
  try {
    return JSON.stringify(value);
  } catch {
    return 'what is nested too deep to be shown'; // JSON.parse reads deeper than JSON.stringify writes
  }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

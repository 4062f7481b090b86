/** @file Whether a value from outside may stand for a placeholder of an allowed command. Pure. */
import type { AllowedValue } from './command-order.ts';

/** What is wrong with it, in words: expected, and got; null where it may. */
export function valueProblem({ pattern, choices }: AllowedValue, value: string): string | null {
  const got = shown(value);
  // The kernel ends an argument there (execve(2)).
  if (value.includes('\0')) return 'expected a text without the character NUL, got one with it';
  if (choices && !choices.some((each) => String(each) === value))
    return `expected one of ${choices.join(', ')}, got '${got}'`;
  if (pattern !== undefined && !wholeValue(pattern).test(value))
    return `expected a text that fits ${pattern} as a whole, got '${got}'`;
  if (choices || pattern !== undefined) return null;
  if (value === '') return 'expected a text that is not empty';
  return value.startsWith('-')
    ? `expected a text that does not begin with '-', which a program takes for a flag, got '${got}'`
    : null;
}

/** @throws SyntaxError where the pattern is none */
export function wholeValue(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, 'u');
}

const MOST_SHOWN = 60;

function shown(value: string): string {
  return value.length > MOST_SHOWN ? `${value.slice(0, MOST_SHOWN)}...` : value;
}

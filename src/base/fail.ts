/** @file The one class of error that users meet, and the one way to raise it. */
import { ERRORS, type ErrorCode, type ErrorParams } from './errors.ts';

/** An error of the user's world (a file, a flag, a server); its text is meant to be shown as it is. */
export class PlimsollError extends Error {
  override readonly name = 'PlimsollError';
  readonly code: ErrorCode;
  readonly exitCode: number;
  /** What the message was made from, for programs: `--json`, events, tests. */
  readonly facts: Readonly<Record<string, unknown>>;

  /** what happened, and what to do; the message is both */
  readonly what: string;
  readonly next: string | null;

  constructor(
    code: ErrorCode,
    what: string,
    facts: object,
    options?: ErrorOptions & { readonly next?: string | undefined },
  ) {
    super(options?.next === undefined ? what : `${what}. ${options.next}`, options);
    this.code = code;
    this.what = what;
    this.next = options?.next ?? null;
    this.exitCode = ERRORS[code].exit;
    this.facts = { ...facts };
  }
}

/** The same table, in the shape in which the compiler can match a code with its parameters. */
const TEMPLATES: {
  [C in ErrorCode]: {
    message: (params: ErrorParams<C>) => string;
    next?: (params: ErrorParams<C>) => string;
  };
} = ERRORS;

/**
 * Throws the error `code` of the table in errors.ts.
 * `options.cause` keeps the error underneath, for those who debug.
 */
export function fail<C extends ErrorCode>(
  code: C,
  params: ErrorParams<C>,
  options?: ErrorOptions,
): never {
  throw errorOf(code, params, options);
}

/** The same error, for one that is to reach whoever waits elsewhere. */
export function errorOf<C extends ErrorCode>(
  code: C,
  params: ErrorParams<C>,
  options?: ErrorOptions,
): PlimsollError {
  const { message, next } = TEMPLATES[code];
  return new PlimsollError(code, message(params), params, { ...options, next: next?.(params) });
}

/** @file How a command that failed says so: one line for people, an object for programs, a code. */
import { ERRORS, PlimsollError } from '#base';

export interface Failure {
  readonly exitCode: number;
  /** of the error table, or INTERNAL */
  readonly code: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
  /** for a bug of ours */
  readonly stack?: string;
}

export interface ReportOptions {
  readonly json: boolean;
  readonly debug: boolean;
}

/** What goes to standard error, newlines included. */
export function failureText(failure: Failure, { json, debug }: ReportOptions): string {
  const { code, facts, stack } = failure;
  const hint =
    stack === undefined || debug ? '' : '. This is a bug of Plimsoll; --debug shows where';
  const line = `error: ${failure.message}${hint}\n`;
  const trace = debug && stack !== undefined ? `${stack}\n` : '';
  const error = { code, message: failure.message, facts };
  return `${line}${trace}${json ? `${JSON.stringify({ error })}\n` : ''}`;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof PlimsollError) {
    const { exitCode, code, facts } = error;
    return { exitCode, code, facts, message: flat(error.message) };
  }
  const message = flat(error instanceof Error ? error.message : String(error));
  return {
    exitCode: 1,
    code: 'INTERNAL',
    facts: {},
    message: message.startsWith('internal:') ? message : `internal: ${message}`,
    stack: stackOf(error),
  };
}

/** The error as commander raises it, for wrong usage; undefined if it is none. */
export function usageFailure(error: unknown, command: string): Failure | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  if (typeof error.code !== 'string' || !error.code.startsWith('commander.')) return undefined;
  const problem = flat(error.message.replace(/^error: /, '')).replace(/\.$/, '');
  const params = { problem, command };
  const { exit, message } = ERRORS.USAGE;
  return { exitCode: exit, code: 'USAGE', message: message(params), facts: params };
}

/** The stacks of the error and of what caused it. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${stackOf(error.cause)}`;
}

function flat(message: string): string {
  return message.replaceAll(/\s*\n\s*/g, ' ').trim();
}

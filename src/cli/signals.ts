/** @file Ctrl-C and `kill`: the first asks for an orderly end, the second does not ask. And SIGUSR1. */
import { ERRORS, PlimsollError } from '#base';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const { exit: EXIT_CODE, message } = ERRORS.INTERRUPTED;

/**
 * A signal for AbortController's users, whose reason is INTERRUPTED. For commands that heed it;
 * others die by the signal itself.
 *
 * @param onFirst tells the user what will happen now
 */
export function abortOnSignals(onFirst: () => void): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT_CODE);
      onFirst();
      controller.abort(new PlimsollError('INTERRUPTED', message({ signal }), { signal }));
    });
  }
  return controller.signal;
}

/**
 * SIGUSR1: says that memory is short, or that a person wants what there is so far kept. Without a handler
 * Node would start its debugger.
 *
 * @returns whether it came since the last call
 */
export function askedBySignal(): () => boolean {
  let asked = false;
  process.on('SIGUSR1', () => {
    asked = true;
  });
  return () => {
    const was = asked;
    asked = false;
    return was;
  };
}

/** For commands without a screen of their own: a line on standard error. */
export function sayOnFirst(notice: string): () => void {
  return () => {
    process.stderr.write(`${notice}\n`);
  };
}

/** @file Ctrl-C and `kill`: the first asks for an orderly end, the second does not ask. */
import { ERRORS, PlimsollError } from '#base';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const { exit: EXIT_CODE, message } = ERRORS.INTERRUPTED;

/**
 * A signal for AbortController's users, whose reason is INTERRUPTED. For commands that heed it;
 * others die by the signal itself.
 *
 * @param notice what to tell the user when the first signal has come
 */
export function abortOnSignals(notice: string): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT_CODE);
      process.stderr.write(`${notice}\n`);
      controller.abort(new PlimsollError('INTERRUPTED', message({ signal }), { signal }));
    });
  }
  return controller.signal;
}

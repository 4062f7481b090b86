/**
 * @file The suite in rounds: PLIMSOLL_FAULT_ROUNDS=5 runs each case five times, and prints what verdicts each
 * got. Once by default.
 */
import { afterAll, expect } from 'vitest';
import type { Verdict } from '#protocol';

export const ROUNDS = Number(process.env['PLIMSOLL_FAULT_ROUNDS'] ?? 1);
/** For `describe`: how often each of its tests is repeated. */
export const IN_ROUNDS = { repeats: ROUNDS - 1 };

const seen = new Map<string, string[]>();

export function remember({ cause, grade }: Verdict): void {
  const name = expect.getState().currentTestName ?? '';
  seen.set(name, [...(seen.get(name) ?? []), `${cause} ${grade}`]);
}

if (ROUNDS > 1) {
  afterAll(() => {
    for (const [name, verdicts] of seen) {
      const kinds = [...new Set(verdicts)].map(
        (kind) => `${verdicts.filter((each) => each === kind).length} x ${kind}`,
      );
      console.log(`${name}: ${kinds.join(', ')}`);
    }
  });
}

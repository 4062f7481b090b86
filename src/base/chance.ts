/**
 * @file Chance for names that must not repeat. Not for secrets: who guesses one gains nothing. Not from node:crypto,
 * which takes 2 ms to load: a run has a name before its command begins.
 */

/** So many digits of base 16, 12 at most. V8 seeds each process from the system (--random-seed apart). */
export function chanceText(digits: number): string {
  return Math.floor(Math.random() * 16 ** digits)
    .toString(16)
    .padStart(digits, '0');
}

/**
 * @file The error function in float64, to a few units of 1e-16.
 *
 * Abramowitz & Stegun, Handbook of Mathematical Functions (1964): the series 7.1.6, all of whose terms
 * are positive, so nothing cancels; from 3 on the continued fraction 7.1.14, which converges there in
 * some 40 steps and is small against 1.
 */

const SERIES_BELOW = 3;
const FRACTION_STEPS = 60;

export function erf(x: number): number {
  const size = Math.abs(x);
  return Math.sign(x) * (size < SERIES_BELOW ? bySeries(size) : 1 - complement(size));
}

/** 2 pi^(-1/2) e^(-x^2) sum over n of 2^n x^(2n+1) / (1 3 5 ... (2n+1)) */
function bySeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > (sum * Number.EPSILON) / 4; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** 1 - erf x = pi^(-1/2) e^(-x^2) / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...)))), from the inside out. */
function complement(x: number): number {
  let tail = x;
  for (let n = FRACTION_STEPS; n >= 1; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}

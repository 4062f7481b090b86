/** @file A part of the examples kept for evaluation when no file of its own is given for that. */
import { permutation, STREAM } from '#base';

/** Positions in the token cache, ascending; together each position once. */
export interface HeldOutSplit {
  readonly train: Uint32Array;
  readonly heldOut: Uint32Array;
}

/**
 * Keeps `fraction` (0 to 1) of `count` examples, rounded, but at least one, and never the last one:
 * a single example is trained on. The seed alone chooses which.
 */
export function splitHeldOut(count: number, fraction: number, seed: number): HeldOutSplit {
  if (!(fraction >= 0 && fraction <= 1)) throw new Error(`internal: held-out fraction ${fraction}`);
  const wanted = fraction === 0 ? 0 : Math.max(1, Math.round(count * fraction));
  const kept = Math.max(0, Math.min(wanted, count - 1));
  const order = permutation(count, seed, STREAM.heldOut);
  return { heldOut: order.subarray(0, kept).toSorted(), train: order.subarray(kept).toSorted() };
}

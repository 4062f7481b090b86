/**
 * @file Masks for dropout, from counters: an element's fate depends on (seed, step, example,
 * site, its own coordinates) and on nothing else. So padding, micro-batches, recomputation and a
 * resumed run all see the same mask.
 */
import { STREAM, stream } from '#base';

export interface MaskKeys {
  readonly seed: number;
  /** optimizer step */
  readonly step: number;
  /** for each row of the batch: the example's place within the optimizer step */
  readonly examples: readonly number[];
}

/** The mask is a part of a whole one: elements from `from` on of an axis, neither the first nor the last. */
export interface MaskCut {
  readonly axis: number;
  readonly from: number;
}

/**
 * Fills a mask, (B,T,C) or (B,H,T,C), with 0 where an element is left out and 1 / (1 - probability) where it is
 * kept: float32 and scaled, so that a graph needs one multiplication and no cast.
 */
export function fillDropoutMask(
  mask: Float32Array,
  shape: readonly number[],
  site: string,
  probability: number,
  keys: MaskKeys,
  cut?: MaskCut,
): void {
  const [batch = 0, ...inner] = shape;
  if (batch !== keys.examples.length) {
    throw new Error(
      `internal: mask ${site} has ${batch} rows for ${keys.examples.length} examples`,
    );
  }
  const [planes = 1, rows = 1, width = 1] = [1, 1, ...inner].slice(-3);
  const firstOf = (axis: number) => (cut?.axis === shape.length + axis ? cut.from : 0);
  const [firstPlane, firstRow] = [firstOf(-3), firstOf(-2)];
  const siteKey = textKey(site);
  const gaps = gapsOf(probability);
  const kept = 1 / (1 - probability);
  let start = 0;
  for (const example of keys.examples) {
    const rowSeed = stream(keys.seed, STREAM.dropout, keys.step, example, siteKey);
    for (let plane = firstPlane; plane < firstPlane + planes; plane++) {
      for (let row = firstRow; row < firstRow + rows; row++) {
        const end = start + width;
        // Row by row: what is written twice is still in the nearest cache.
        mask.fill(kept, start, end);
        leaveOut(mask, start, end, gaps, rowSeed(plane * LONGEST_AXIS + row));
        start = end;
      }
    }
  }
}

/** Two axes of this length make one number of 32 bits, which names a row whatever the padding. */
const LONGEST_AXIS = 2 ** 16;

/**
 * Goes from one element that is left out to the next, as far as a geometric distribution says, so that
 * the work is per element left out, a tenth of all. 72 million elements a step at 384 tokens of
 * flan-t5-small: deciding on each took a quarter of the step. Two gaps come from each number of a
 * xorshift sequence (Marsaglia 2003, 13-17-5), whose seed is well mixed.
 */
function leaveOut(
  mask: Float32Array,
  start: number,
  end: number,
  { gapOf, longest }: Gaps,
  seed: number,
): void {
  let bits = seed || 1; // xorshift never leaves 0
  for (let at = start; ;) {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    // Twice the same, and no inner loop: that would be a quarter slower.
    const low = gapOf[bits & 0xffff]!;
    at += low;
    if (at >= end) return;
    if (low < longest) mask[at++] = 0;
    const high = gapOf[bits >>> 16]!;
    at += high;
    if (at >= end) return;
    if (high < longest) mask[at++] = 0;
  }
}

/** Elements kept before the next one that is left out. */
interface Gaps {
  /** 16 random bits -> a gap; cumulative probabilities are exact to 2^-17 */
  readonly gapOf: Uint8Array;
  /** stands for a gap that is no shorter: nothing is left out there, and another is drawn */
  readonly longest: number;
}

/** A gap of `n` or more has the probability (1 - p)^n; what lies beyond the longest has no memory. */
function gapsOf(probability: number): Gaps {
  const known = GAPS.get(probability);
  if (known) return known;
  const keep = 1 - probability;
  const longest = Math.max(1, Math.min(255, Math.floor(Math.log(REST) / Math.log(keep))));
  const gapOf = new Uint8Array(2 ** 16);
  for (let gap = 1; gap <= longest; gap++) gapOf.fill(gap, 0, Math.round(2 ** 16 * keep ** gap));
  const gaps = { gapOf, longest };
  GAPS.set(probability, gaps);
  return gaps;
}

const GAPS = new Map<number, Gaps>();
/** How often a gap is longer than the table, about: shorter tables draw more, longer ones less exactly. */
const REST = 1 / 16;

/** A number for a name: FNV-1a (Fowler, Noll, Vo), 32 bits. */
function textKey(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

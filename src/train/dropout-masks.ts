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

/**
 * Fills a mask (B, ..., C) with 0 where an element is left out and 1 / (1 - probability) where it is
 * kept: float32 and scaled, so that a graph needs one multiplication and no cast.
 */
export function fillDropoutMask(
  mask: Float32Array,
  shape: readonly number[],
  site: string,
  probability: number,
  keys: MaskKeys,
): void {
  const [batch = 0, ...inner] = shape;
  if (batch !== keys.examples.length) {
    throw new Error(
      `internal: mask ${site} has ${batch} rows for ${keys.examples.length} examples`,
    );
  }
  const width = inner.at(-1) ?? 1;
  const outer = inner.slice(0, -1);
  const rows = outer.reduce((a, b) => a * b, 1);
  const siteKey = textKey(site);
  let start = 0;
  for (const example of keys.examples) {
    const rowSeed = stream(keys.seed, STREAM.dropout, keys.step, example, siteKey);
    const coordinates = outer.map(() => 0);
    for (let row = 0; row < rows; row++) {
      const place = coordinates.reduce((sum, at) => sum * LONGEST_AXIS + at, 0);
      fillRow(mask, start, start + width, probability, rowSeed(place));
      start += width;
      advance(coordinates, outer);
    }
  }
}

/** Two axes of this length make one number of 32 bits, which names a row whatever the padding. */
const LONGEST_AXIS = 2 ** 16;

/**
 * Two elements of 16 bits from each number of a xorshift sequence (Marsaglia 2003, 13-17-5). A row is
 * short and its seed well mixed, and this loop runs for 36 million elements a micro-batch at 384 tokens
 * of flan-t5-small: hashing a counter for each element took a quarter of the step.
 */
function fillRow(
  mask: Float32Array,
  start: number,
  end: number,
  probability: number,
  seed: number,
): void {
  const highest = Math.round(probability * 2 ** 16) - 1; // of the 16 bits that leave an element out
  const scale = 1 / (1 - probability);
  let bits = seed || 1; // xorshift never leaves 0
  for (let i = start; i < end; i += 2) {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    // The sign of a difference instead of a comparison, which the processor could only guess.
    mask[i] = ((highest - (bits & 0xffff)) >>> 31) * scale;
    if (i + 1 < end) mask[i + 1] = ((highest - (bits >>> 16)) >>> 31) * scale;
  }
}

/** The next coordinates in row-major order. */
function advance(coordinates: number[], shape: readonly number[]): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const next = (coordinates[axis] ?? 0) + 1;
    coordinates[axis] = next < (shape[axis] ?? 0) ? next : 0;
    if (coordinates[axis] !== 0) return;
  }
}

/** A number for a name: FNV-1a (Fowler, Noll, Vo), 32 bits. */
function textKey(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

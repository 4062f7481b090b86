/**
 * @file Masks for dropout, from counters: an element's fate depends on (seed, step, example,
 * site, its own coordinates) and on nothing else. So padding, micro-batches, recomputation and a
 * resumed run all see the same mask.
 */
import { STREAM, stream } from '#base';
import { openDropoutKernel } from './dropout-kernel.ts';
import { type DrawRows, drawRowsPlainly, dropoutLaw } from './dropout-rows.ts';

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
  const seeds = new Uint32Array(batch * planes * rows);
  let at = 0;
  for (const example of keys.examples) {
    const seedOf = stream(keys.seed, STREAM.dropout, keys.step, example, siteKey);
    for (let plane = firstPlane; plane < firstPlane + planes; plane++) {
      for (let row = firstRow; row < firstRow + rows; row++) {
        seeds[at++] = seedOf(plane * LONGEST_AXIS + row);
      }
    }
  }
  drawRows ??= openDropoutKernel() ?? drawRowsPlainly;
  drawRows({ mask, width, seeds, law: dropoutLaw(probability) });
}

/** Opened with the first mask: most commands draw none. */
let drawRows: DrawRows | undefined;

/** Two axes of this length make one number of 32 bits, which names a row whatever the padding. */
const LONGEST_AXIS = 2 ** 16;

/** A number for a name: FNV-1a (Fowler, Noll, Vo), 32 bits. */
function textKey(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

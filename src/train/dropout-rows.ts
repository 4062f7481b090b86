/**
 * @file A row of a dropout mask, from its seed: which of its elements are left out. This is the definition,
 * in plain code, and what draws where WebAssembly cannot; dropout-kernel.ts draws the same.
 *
 * Eight xorshift sequences (Marsaglia 2003, 13-17-5) side by side, since SIMD has eight numbers under way at
 * once. At each step their low halves are for eight elements and their high halves for the next eight; an
 * element is left out where its 16 bits are less than a threshold, so probabilities are exact to 2^-17.
 * Known weak points: xorshift is linear, so halves of one sequence are not quite independent. By the
 * Fourier transform of the threshold over its linear relations, the correlation of two elements of one
 * sequence, up to 512 places apart, is at most 3e-6 for the probabilities from 0.02 to 0.5.
 */
import { lowbias32 } from '#base';

export interface MaskRows {
  /** rows, one behind the other */
  readonly mask: Float32Array;
  /** elements of a row */
  readonly width: number;
  /** of each row, 32 well mixed bits */
  readonly seeds: Uint32Array;
  readonly law: DropoutLaw;
}

/** Writes each element: 0, or what the law says is kept. */
export type DrawRows = (rows: MaskRows) => void;

export interface DropoutLaw {
  /** what has been kept is multiplied by 1 / (1 - probability) */
  readonly kept: number;
  /** 16 bits, as the upper ones of a signed number of 32: SIMD compares signed numbers */
  readonly threshold: number;
}

export function dropoutLaw(probability: number): DropoutLaw {
  const share = Math.min(2 ** 16 - 1, Math.round(probability * 2 ** 16));
  return { kept: 1 / (1 - probability), threshold: (share - 2 ** 15) << 16 };
}

export const SEQUENCES = 8;
/** Apart from each other by 2^32 over the golden ratio, and then mixed. */
export const SEED_DISTANCE = 0x9e3779b9;

export const drawRowsPlainly: DrawRows = ({ mask, width, seeds, law: { kept, threshold } }) => {
  const sequences = new Int32Array(SEQUENCES);
  let at = 0;
  for (const seed of seeds) {
    for (let i = 0; i < SEQUENCES; i++) {
      sequences[i] = lowbias32(seed + Math.imul(i, SEED_DISTANCE)) || 1; // xorshift never leaves 0
    }
    const end = at + width;
    for (; at < end; at += 2 * SEQUENCES) {
      for (let i = 0; i < SEQUENCES; i++) {
        const bits = xorshift(sequences[i]!);
        sequences[i] = bits;
        if (at + i < end) mask[at + i] = bits << 16 < threshold ? 0 : kept;
        if (at + i + SEQUENCES < end) mask[at + i + SEQUENCES] = bits < threshold ? 0 : kept;
      }
    }
    at = end;
  }
};

function xorshift(bits: number): number {
  let x = bits;
  x ^= x << 13;
  x ^= x >>> 17;
  return x ^ (x << 5);
}

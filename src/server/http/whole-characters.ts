/** @file A part of a text in UTF-8 (RFC 3629), by bytes, moved so that it cuts no character. Pure. */

/** Bytes of the longest. */
export const MOST_BYTES = 4;

export interface Span {
  readonly from: number;
  /** the byte after its last */
  readonly to: number;
}

/**
 * What begins before the part is not in it, and neither is what has not ended by its end. What is no UTF-8 is left as
 * it is.
 *
 * @param bytes with 3 before `from`, where there are so many: they tell whether a character goes on there
 */
export function wholeCharacters(bytes: Uint8Array, { from, to }: Span): Span {
  let begin = from;
  if (beginOfCut(bytes, from) < from) while (begin < to && isFurther(bytes[begin])) begin++;
  return { from: begin, to: Math.max(beginOfCut(bytes, to), begin) };
}

/** Where the character begins that is cut at `at`; `at` itself where none is. */
function beginOfCut(bytes: Uint8Array, at: number): number {
  for (let i = at - 1; i >= 0 && i > at - MOST_BYTES; i--)
    if (!isFurther(bytes[i])) return i + lengthBy(bytes[i]) > at ? i : at;
  return at;
}

/** Whether it is no character's first. */
function isFurther(byte = 0): boolean {
  return (byte & 0b1100_0000) === 0b1000_0000;
}

/** Of a character in bytes, by its first. */
function lengthBy(first = 0): number {
  if (first >= 0b1111_0000 && first < 0b1111_1000) return 4;
  if (first >= 0b1110_0000 && first < 0b1111_0000) return 3;
  return first >= 0b1100_0000 && first < 0b1110_0000 ? 2 : 1;
}

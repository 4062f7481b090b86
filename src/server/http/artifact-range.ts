/** @file Which bytes of a file a request asks for (RFC 9110, 14). Pure. */

export interface Range {
  /** the first and the last byte */
  readonly from: number;
  readonly to: number;
}

/**
 * Null for the whole file: no range, several, or none in bytes, which a server may answer so. `outside` where the
 * file has none of it.
 */
export function rangeOf(header: string | null, bytes: number): Range | null | 'outside' {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') {
    const length = Math.min(Number(last), bytes);
    return length === 0 ? 'outside' : { from: bytes - length, to: bytes - 1 };
  }
  const [from, end] = [Number(first), last === '' ? Infinity : Number(last)];
  if (end < from) return null; // not valid: to be ignored
  return from >= bytes ? 'outside' : { from, to: Math.min(end, bytes - 1) };
}

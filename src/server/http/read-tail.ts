/** @file Parts of a file that another process may be writing, of whole characters, in UTF-8. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { MOST_BYTES, type Span, wholeCharacters } from './whole-characters.ts';

export interface FilePart {
  readonly text: string;
  /** the byte after its last: before a character that has not ended yet */
  readonly next: number;
}

/** The end: at most so many bytes, from the beginning of a line where they are not all; empty where there is no file. */
export function readTail(file: string, bytes: number): FilePart {
  return reading(file, (fd, size) => {
    const from = Math.max(size - bytes, 0);
    const { read, next } = readWhole(fd, { from, to: size });
    const begin = from === 0 ? 0 : read.indexOf(NEWLINE) + 1;
    return { text: read.subarray(begin).toString(), next };
  });
}

/** What follows byte `from`: whole lines, but for one that is longer than `bytes` or has no end yet. */
export function readPart(file: string, from: number, bytes: number): FilePart {
  return reading(file, (fd, size) => {
    const to = Math.min(from + Math.max(bytes, MOST_BYTES), size); // of less no character might come
    if (to <= from) return { text: '', next: Math.min(from, size) };
    const { read, next } = readWhole(fd, { from, to });
    const cut = to < size ? read.lastIndexOf(NEWLINE) + 1 : 0;
    const whole = cut === 0 ? read : read.subarray(0, cut);
    return { text: whole.toString(), next: next - (read.length - whole.length) };
  });
}

const NEWLINE = 0x0a;

function reading(file: string, read: (fd: number, size: number) => FilePart): FilePart {
  let fd;
  try {
    fd = openSync(file, 'r');
  } catch {
    return { text: '', next: 0 }; // nothing was printed yet
  }
  try {
    return read(fd, fstatSync(fd).size);
  } finally {
    closeSync(fd);
  }
}

/** The whole characters of a part of the file, and the byte after them. */
function readWhole(fd: number, { from, to }: Span): { readonly read: Buffer; next: number } {
  const start = Math.max(from - (MOST_BYTES - 1), 0); // what begins there may reach into it
  const buffer = Buffer.allocUnsafe(to - start);
  const bytes = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, start));
  const span = wholeCharacters(bytes, { from: from - start, to: bytes.length });
  return { read: bytes.subarray(span.from, span.to), next: start + span.to };
}

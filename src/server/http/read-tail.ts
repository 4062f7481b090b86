/** @file Parts of a file that another process may be writing. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface FilePart {
  readonly text: string;
  /** the byte after its last */
  readonly next: number;
}

/** The end: at most so many bytes, from the beginning of a line where they are not all; empty where there is no file. */
export function readTail(file: string, bytes: number): FilePart {
  return reading(file, (fd, size) => {
    const from = Math.max(size - bytes, 0);
    const text = textOf(fd, from, size);
    return { text: from === 0 ? text : text.slice(text.indexOf('\n') + 1), next: size };
  });
}

/** What follows byte `from`: whole lines, but for one that is longer than `bytes` or has no end yet. */
export function readPart(file: string, from: number, bytes: number): FilePart {
  return reading(file, (fd, size) => {
    const to = Math.min(from + bytes, size);
    if (to <= from) return { text: '', next: Math.min(from, size) };
    const text = textOf(fd, from, to);
    const cut = to < size ? text.lastIndexOf('\n') + 1 : 0;
    if (cut === 0) return { text, next: to };
    const whole = text.slice(0, cut);
    return { text: whole, next: from + Buffer.byteLength(whole) };
  });
}

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

function textOf(fd: number, from: number, to: number): string {
  const buffer = Buffer.allocUnsafe(to - from);
  return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from)).toString();
}

/** @file The end of a file that another process may be writing. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** At most so many bytes, from the beginning of a line where they are not all; empty where there is no file. */
export function readTail(file: string, bytes: number): string {
  let fd;
  try {
    fd = openSync(file, 'r');
  } catch {
    return ''; // nothing was printed yet
  }
  try {
    const { size } = fstatSync(fd);
    const from = Math.max(size - bytes, 0);
    const buffer = Buffer.allocUnsafe(size - from);
    const text = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from)).toString();
    return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    closeSync(fd);
  }
}

/**
 * @file A file of /proc or of a group that is read again and again: opened once, since each reading from its
 * beginning is a new one. That takes a fourth of the system calls of readText, and none that fails.
 *
 * For files that the kernel gives as a whole in one read; lists of processes come in pieces.
 */
import { closeSync, openSync, readSync } from 'node:fs';

export interface RepeatedFile {
  /** null where there was no such file, or the process or group has gone */
  text(): string | null;
  /** Its text is null from then on. */
  close(): void;
}

/** The longest, memory.stat of version 2, has some 2 KiB. */
const buffer = Buffer.allocUnsafeSlow(64 * 1024);

export function repeatedFile(file: string): RepeatedFile {
  let fd = opened(file);
  return {
    text: () => {
      if (fd === null) return null;
      try {
        return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
      } catch {
        return null; // ENODEV of a group, ESRCH of a process
      }
    },
    close: () => {
      if (fd !== null) closeSync(fd);
      fd = null;
    },
  };
}

function opened(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch {
    return null; // kernels and versions differ in what they show
  }
}

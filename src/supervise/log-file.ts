/**
 * @file A file that a command writes by itself (O_APPEND), kept from growing without end by whoever watches: when
 * it is too long, its beginning and end are set aside in a second file, and it is cut to nothing. What the command
 * prints in the instant between is lost. While nobody watches, it grows.
 */
import { closeSync, openSync, readFileSync, readSync, statSync, truncateSync } from 'node:fs';
import { putFile } from './put-file.ts';

export const LOG_BYTES = 16 * 2 ** 20;
const HEAD_BYTES = 64 * 1024;
const TAIL_BYTES = 64 * 1024;

/** What was cut away: beside the file, under its name with `.before`. */
const aside = (file: string): string => `${file}.before`;

/** Cuts it where it is longer than allowed. */
export function boundLog(file: string, most: number = LOG_BYTES): void {
  const size = sizeOf(file);
  if (size <= most) return;
  const earlier = textOf(aside(file));
  const head = earlier === '' ? part(file, 0, HEAD_BYTES) : earlier.slice(0, HEAD_BYTES);
  putFile(aside(file), `${head}\n[a part is left out]\n${part(file, size - TAIL_BYTES, size)}`);
  truncateSync(file, 0);
}

/** Its beginning and end, and a line for what was left out between them. */
export function logText(file: string): string {
  const size = sizeOf(file);
  const earlier = textOf(aside(file));
  if (size <= HEAD_BYTES + TAIL_BYTES) return earlier + part(file, 0, size);
  const gap = `\n[${size - HEAD_BYTES - TAIL_BYTES} bytes left out]\n`;
  return `${earlier}${part(file, 0, HEAD_BYTES)}${gap}${part(file, size - TAIL_BYTES, size)}`;
}

export function logTail(file: string): string {
  const size = sizeOf(file);
  const tail = part(file, Math.max(size - TAIL_BYTES, 0), size);
  return size >= TAIL_BYTES ? tail : (textOf(aside(file)) + tail).slice(-TAIL_BYTES);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // nothing was set aside
  }
}

function part(file: string, from: number, to: number): string {
  if (to <= from) return '';
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(to - from);
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, from)).toString();
  } finally {
    closeSync(fd);
  }
}

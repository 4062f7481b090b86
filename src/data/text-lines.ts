/** @file The lines of a UTF-8 file, read a block at a time. */
import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { fail } from '#base';
import { unreadable } from './unreadable.ts';

/**
 * The longest line taken: 16 MiB. The longest context of a model is some millions of characters;
 * a longer line is a file of another kind, and reading on would take all memory.
 */
export const MAX_LINE_BYTES = 16 * 2 ** 20;

export interface Line {
  /** From 1, as editors count. */
  readonly number: number;
  /** Without its line break and, on line 1, without the byte order mark. */
  readonly text: string;
}

/** Read at a time, into one and the same buffer: new ones would wait, megabytes of them, for the collector. */
const BLOCK_BYTES = 2 ** 16;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Yields every line, blank ones too; `\n` and `\r\n` end a line.
 * Throws DATA_FILE_UNREADABLE, DATA_NOT_UTF8, DATA_LINE_TOO_LONG.
 */
export async function* linesOf(file: string): AsyncGenerator<Line> {
  let number = 0;
  let begun: Buffer[] = []; // pieces of a line that goes on in the next block
  let begunBytes = 0;
  for await (const block of blocksOf(file)) {
    let start = 0;
    for (;;) {
      const end = block.indexOf(LINE_FEED, start);
      const piece = block.subarray(start, end < 0 ? block.length : end);
      begunBytes += piece.length;
      if (begunBytes > MAX_LINE_BYTES)
        fail('DATA_LINE_TOO_LONG', { file, line: number + 1, limit: MAX_LINE_BYTES });
      if (end < 0) {
        if (piece.length > 0) begun.push(Buffer.from(piece));
        break;
      }
      const whole = begun.length > 0 ? Buffer.concat([...begun, piece]) : piece;
      yield lineOf(file, ++number, whole);
      begun = [];
      begunBytes = 0;
      start = end + 1;
    }
  }
  if (begunBytes > 0) yield lineOf(file, ++number, Buffer.concat(begun));
}

/** The file's bytes, each block valid until the next is asked for. */
async function* blocksOf(file: string): AsyncGenerator<Buffer> {
  try {
    await using handle = await open(file);
    const buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    unreadable(file, error);
  }
}

function lineOf(file: string, number: number, bytes: Buffer): Line {
  let start = 0;
  if (number === 1) {
    if (startsWith(bytes, 0xff, 0xfe) || startsWith(bytes, 0xfe, 0xff))
      fail('DATA_NOT_UTF8', { file, line: 1, found: 'the byte order mark of UTF-16' });
    if (startsWith(bytes, 0xef, 0xbb, 0xbf)) start = 3;
  }
  const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
  const line = bytes.subarray(start, Math.max(start, end));
  if (!isUtf8(line)) fail('DATA_NOT_UTF8', { file, line: number, found: firstWrongByte(line) });
  return { number, text: line.toString('utf8') };
}

function startsWith(bytes: Buffer, ...head: number[]): boolean {
  return head.every((byte, i) => bytes[i] === byte);
}

/** `byte 0xE9 at column 7` (a column is a byte here): where the text stops being UTF-8. */
function firstWrongByte(line: Buffer): string {
  let at = 0;
  for (;;) {
    const first = line[at] ?? 0;
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (at >= line.length || !isUtf8(line.subarray(at, at + length)))
      return `byte 0x${first.toString(16).toUpperCase().padStart(2, '0')} at column ${at + 1}`;
    at += length;
  }
}

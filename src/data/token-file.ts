/**
 * @file The file of a token cache: its layout, and the check that it is as it was written.
 *
 *     bytes 0 to 4095   one line of JSON (TokenFileHeader), padded with spaces, ended by a line break
 *     then              the tokens: of each example its source ids, then its target ids
 *     then              the index: of each example four numbers, an IndexEntry
 *
 * All numbers after the header are 32-bit integers, little-endian. Every entry of the index has the
 * same size, so any example is found with two reads, and nothing about it needs to be in memory.
 */
import { createHash } from 'node:crypto';
import { fstatSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { fingerprintOf } from '#base';
import { isObject } from './json-value.ts';

const FORMAT = 'plimsoll-tokens';
export const TOKEN_FILE_VERSION = 2;
/** A page: the tokens then begin at the start of one. */
export const HEADER_BYTES = 4096;
const BYTES_PER_ID = 4;
const NUMBERS_PER_ENTRY = 4;
const BYTES_PER_ENTRY = NUMBERS_PER_ENTRY * BYTES_PER_ID;
/** Read or written at a time. */
export const BLOCK_BYTES = 2 ** 16;

export interface TokenFileHeader {
  readonly format: typeof FORMAT;
  readonly version: number;
  /** What the cache was made from; see fingerprints.ts. */
  readonly fingerprint: string;
  readonly dataFingerprint: string;
  readonly tokenizerFingerprint: string;
  readonly sourceMaxTokens: number;
  readonly targetMaxTokens: number;
  readonly examples: number;
  /** All ids of all examples. */
  readonly tokens: number;
  /** The most ids of one source, and of one target. */
  readonly longestSource: number;
  readonly longestTarget: number;
  readonly truncatedSource: number;
  readonly truncatedTarget: number;
  readonly skipped: Readonly<Record<string, number>>;
  /** sha256 of everything after the header. */
  readonly body: string;
}

/** The header's bytes; with it goes a checksum of its own. */
export function headerBytes(header: TokenFileHeader): Buffer {
  const text = JSON.stringify({ ...header, check: fingerprintOf(header) });
  const length = Buffer.byteLength(text);
  if (length >= HEADER_BYTES) throw new Error(`internal: token file header of ${length} bytes`);
  return Buffer.from(`${text}${' '.repeat(HEADER_BYTES - 1 - length)}\n`);
}

/** Where an example's ids are: those of its source, and behind them those of its target. */
export interface IndexEntry {
  /** Ids of all examples before it. */
  readonly start: number;
  readonly source: number;
  readonly target: number;
}

/** The entry's numbers: `start` takes two, the low 32 bits first. */
export function entryNumbers({ start, source, target }: IndexEntry): readonly number[] {
  return [start | 0, Math.floor(start / 2 ** 32), source, target];
}

/** Reads the index entry of example `i` of an open file. */
export function readEntry(
  fd: number,
  header: Pick<TokenFileHeader, 'tokens'>,
  i: number,
): IndexEntry {
  const numbers = readNumbers(fd, indexStart(header) + i * BYTES_PER_ENTRY, NUMBERS_PER_ENTRY);
  const [low = 0, high = 0, source = 0, target = 0] = numbers;
  return { start: (low >>> 0) + high * 2 ** 32, source, target };
}

/** Reads an example's ids, of source and target together. */
export function readIds(fd: number, { start, source, target }: IndexEntry): Int32Array {
  return readNumbers(fd, HEADER_BYTES + start * BYTES_PER_ID, source + target);
}

/** Reads the header of an open file and checks all of it. A string says what is wrong with it. */
export function readTokenFile(fd: number): TokenFileHeader | string {
  const size = fstatSync(fd).size;
  if (size < HEADER_BYTES) return `it has ${size} bytes, less than its header`;
  const header = parseHeader(readAt(fd, 0, HEADER_BYTES));
  if (!header) return 'its header is damaged';
  if (header.version !== TOKEN_FILE_VERSION)
    return `it has version ${header.version} of the format, not ${TOKEN_FILE_VERSION}`;
  const expected = indexStart(header) + header.examples * BYTES_PER_ENTRY;
  if (size !== expected) return `it has ${size} bytes, not ${expected}`;
  if (bodyHash(fd, size) !== header.body) return 'its content does not match its checksum';
  return header;
}

/** The bytes of 32-bit numbers as the file has them. */
export function numberBytes(numbers: Int32Array): Uint8Array {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return endianness() === 'BE' ? Buffer.from(bytes).swap32() : bytes;
}

function indexStart({ tokens }: Pick<TokenFileHeader, 'tokens'>): number {
  return HEADER_BYTES + tokens * BYTES_PER_ID;
}

function parseHeader(bytes: Buffer): TokenFileHeader | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString());
  } catch {
    return undefined; // not JSON: the caller reports the damage
  }
  if (!isObject(parsed)) return undefined;
  const { check, ...header } = parsed;
  return isHeader(header) && check === fingerprintOf(header) ? header : undefined;
}

/** The checksum, compared beside this, holds for all the rest: the values are those that headerBytes was given. */
function isHeader(value: object): value is TokenFileHeader {
  return 'format' in value && value.format === FORMAT;
}

function bodyHash(fd: number, size: number): string {
  const hash = createHash('sha256');
  const block = Buffer.alloc(Math.min(BLOCK_BYTES, size));
  for (let at = HEADER_BYTES; at < size;) {
    const count = readSync(fd, block, 0, Math.min(block.length, size - at), at);
    if (count === 0) break; // cut off since its size was read; the hash then differs
    hash.update(block.subarray(0, count));
    at += count;
  }
  return hash.digest('hex');
}

/** Reads `count` numbers at a byte offset. */
function readNumbers(fd: number, offset: number, count: number): Int32Array {
  const bytes = readAt(fd, offset, count * BYTES_PER_ID);
  if (endianness() === 'BE') bytes.swap32();
  return new Int32Array(bytes.buffer, bytes.byteOffset, count);
}

function readAt(fd: number, offset: number, length: number): Buffer {
  // An ArrayBuffer of its own: a Buffer from the shared pool may not be aligned for Int32Array.
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length;) {
    const count = readSync(fd, bytes, done, length - done, offset + done);
    if (count === 0) throw new Error(`internal: token file ends at ${offset + done}`);
    done += count;
  }
  return bytes;
}

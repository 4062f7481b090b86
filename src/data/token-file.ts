/**
 * @file The file of a token cache: its layout, and the check that it is as it was written.
 *
 *     bytes 0 to 4095   one line of JSON (TokenFileHeader), padded with spaces, ended by a line break
 *     then              the tokens: of each example its source ids, then its target ids
 *     then              the index: of each example the number of source ids and of target ids
 *
 * All numbers after the header are 32-bit integers, little-endian.
 */
import { createHash } from 'node:crypto';
import { fstatSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { fingerprintOf } from '#base';
import { isObject } from './json-value.ts';

const FORMAT = 'plimsoll-tokens';
export const TOKEN_FILE_VERSION = 1;
/** A page: the tokens then begin at the start of one. */
export const HEADER_BYTES = 4096;
const BYTES_PER_ID = 4;
const BYTES_PER_INDEX_ENTRY = 2 * BYTES_PER_ID;
/** Read at a time while checking; small beside what any training holds. */
const BLOCK_BYTES = 2 ** 20;

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

export interface OpenedTokenFile {
  readonly header: TokenFileHeader;
  /** Two numbers an example: source ids, target ids. */
  readonly index: Int32Array;
}

/** Reads and checks all of an open file. A string says what is wrong with it. */
export function readTokenFile(fd: number): OpenedTokenFile | string {
  const size = fstatSync(fd).size;
  if (size < HEADER_BYTES) return `it has ${size} bytes, less than its header`;
  const header = parseHeader(readAt(fd, 0, HEADER_BYTES));
  if (!header) return 'its header is damaged';
  if (header.version !== TOKEN_FILE_VERSION)
    return `it has version ${header.version} of the format, not ${TOKEN_FILE_VERSION}`;
  const indexStart = HEADER_BYTES + header.tokens * BYTES_PER_ID;
  const expected = indexStart + header.examples * BYTES_PER_INDEX_ENTRY;
  if (size !== expected) return `it has ${size} bytes, not ${expected}`;
  if (bodyHash(fd, size) !== header.body) return 'its content does not match its checksum';
  return { header, index: readIds(fd, indexStart, 2 * header.examples) };
}

/** Where the ids of the whole file's id number `id` stand. */
export function offsetOfId(id: number): number {
  return HEADER_BYTES + id * BYTES_PER_ID;
}

/** Reads `count` numbers at a byte offset. */
export function readIds(fd: number, offset: number, count: number): Int32Array {
  const bytes = readAt(fd, offset, count * BYTES_PER_ID);
  if (endianness() === 'BE') bytes.swap32();
  return new Int32Array(bytes.buffer, bytes.byteOffset, count);
}

/** The bytes of `ids` as the file has them. */
export function idBytes(ids: Int32Array): Uint8Array {
  const bytes = new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength);
  return endianness() === 'BE' ? Buffer.from(bytes).swap32() : bytes;
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

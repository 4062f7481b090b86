/**
 * @file A model's tensors written again in other storages: one safetensors file, made some rows at a
 * time, so that it takes a few MiB of memory whatever the model's size, and vouched for by a digest.
 *
 * Integers have their scales beside them as `NAME.scales`, 4-bit ones also `NAME.zero_points`. The layout
 * is the one that ONNX Runtime's DequantizeLinear, GatherBlockQuantized and MatMulNBits take.
 */
import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, fstatSync } from 'node:fs';
import { PlimsollError, replaceFile, type WeightStorage, writeAll } from '#base';
import { openToRead, readFully } from './read-json.ts';
import { withReader } from './read-tensor.ts';
import { readSafetensorsHeader, type TensorLocation } from './safetensors-header.ts';
import { encodingRoom, FORMS, PARTS } from './storage-forms.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { layOut, type Layout } from './write-safetensors.ts';

export interface Conversion {
  readonly from: TensorLocation;
  readonly storage: WeightStorage;
}

/** What the file is made from: it serves only where all of this is the same. */
export interface ConversionSource {
  readonly tensors: ReadonlyMap<string, Conversion>;
  /** names the original's contents */
  readonly fingerprint: string;
}

const FORMAT = 'plimsoll-weights';
/** Raised when the same source is to give other bytes. */
const VERSION = 1;

/** Numbers converted at once: with their encoded forms 1.3 MiB. */
const NUMBERS_AT_ONCE = 128 * 1024;

/** Bytes hashed at once. */
const PIECE = 256 * 1024;

/** Bytes written before they are flushed: under a memory limit only pages on the disk can be dropped. */
const FLUSH_EVERY = 16 * 2 ** 20;

/** How large the file will be. */
export function convertedBytes(source: ConversionSource): number {
  return layoutOf(source, '').fileSize;
}

/**
 * Replaces `file`. A kill at any instant leaves what was there; of two processes that write it at once
 * each writes a file of its own, and the later one takes the name.
 *
 * @throws PlimsollError DISK_FULL, FILE_NOT_WRITABLE, and what reading the tensors throws
 */
export function writeConverted(file: string, source: ConversionSource): void {
  const layout = layoutOf(source, '');
  replaceFile(file, (fd) => {
    let unflushed = 0;
    convert(source, layout, (bytes, offset) => {
      writeAll(fd, bytes, offset);
      unflushed += bytes.length;
      if (unflushed < FLUSH_EVERY) return;
      fdatasyncSync(fd);
      unflushed = 0;
    });
    const digest = digestOf(fd, file, layout.header.length);
    writeAll(fd, layoutOf(source, digest).header, 0);
  });
}

/** The tensors of `file`, or null if it is not there, not whole, or made from something else. */
export function readConverted(
  file: string,
  source: ConversionSource,
): ReadonlyMap<string, StoredTensor> | null {
  const header = readHeader(file);
  if (!header) return null;
  const { sha256 = '' } = header.metadata;
  const expected = layoutOf(source, sha256).header;
  const fd = openToRead(file);
  try {
    const found = new Uint8Array(Math.min(expected.length, fstatSync(fd).size));
    readFully(fd, file, found, 0);
    if (Buffer.compare(found, expected) !== 0) return null;
    if (digestOf(fd, file, expected.length) !== sha256) return null;
  } finally {
    closeSync(fd);
  }
  return new Map(
    [...source.tensors].map(([name, conversion]) => [
      name,
      stored(name, conversion, header.tensors),
    ]),
  );
}

/** The header says everything but the numbers, so a file that has this header fits the source. */
function layoutOf({ tensors, fingerprint }: ConversionSource, sha256: string): Layout {
  const heads = [...tensors].flatMap(([name, { from, storage }]) => {
    const parts = FORMS[storage].heads(name, from.shape);
    return PARTS.flatMap((part) => parts[part] ?? []);
  });
  return layOut(heads, {
    format: FORMAT,
    version: String(VERSION),
    source: fingerprint,
    sha256: sha256.padEnd(DIGEST_LENGTH, '0').slice(0, DIGEST_LENGTH),
  });
}

/** Of a sha256 in hex: the header must not change its length when the digest is filled in. */
const DIGEST_LENGTH = 64;

function convert(
  { tensors }: ConversionSource,
  { offsetOf }: Layout,
  write: (bytes: Uint8Array, offset: number) => void,
): void {
  const widths = [...tensors.values()].map(({ from }) => matrixOf(from.shape).width);
  const most = Math.max(NUMBERS_AT_ONCE, ...widths);
  const values = new Float32Array(most);
  const room = encodingRoom(most);
  for (const [name, { from, storage }] of tensors) {
    const { height, width } = matrixOf(from.shape);
    const { heads, encode } = FORMS[storage];
    const parts = heads(name, from.shape);
    const rowsAtOnce = Math.floor(most / width);
    withReader(from, (read) => {
      for (let row = 0; row < height; row += rowsAtOnce) {
        const rows = Math.min(rowsAtOnce, height - row);
        const some = values.subarray(0, rows * width);
        read(row * width, some);
        const encoded = encode(some, width, room);
        for (const part of PARTS) {
          const [array, offset] = [encoded[part], offsetOf.get(parts[part]?.name ?? '')];
          if (array === undefined || offset === undefined) continue;
          const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
          write(bytes, offset + row * (bytes.length / rows));
        }
      }
    });
  }
}

/** What is no matrix is as many rows of one number. */
function matrixOf(shape: readonly number[]): { readonly height: number; readonly width: number } {
  const [height = 1, width = 1, ...others] = shape;
  if (others.length === 0) return { height, width };
  return { height: shape.reduce((product, length) => product * length, 1), width: 1 };
}

function stored(
  name: string,
  { from, storage }: Conversion,
  tensors: ReadonlyMap<string, TensorLocation>,
): StoredTensor {
  const parts = FORMS[storage].heads(name, from.shape);
  const located = PARTS.map((part) => [part, tensors.get(parts[part]?.name ?? '')] as const);
  const found = Object.fromEntries(located.filter(([, location]) => location !== undefined));
  const { numbers, ...rest } = found;
  if (!numbers) throw new Error(`internal: ${name} is not in the file of converted weights`);
  return { ...numbers, ...rest, shape: from.shape };
}

/** sha256 of everything behind the header. */
function digestOf(fd: number, file: string, from: number): string {
  const hash = createHash('sha256');
  const piece = new Uint8Array(PIECE);
  for (let at = from; ; at += piece.length) {
    const read = readFully(fd, file, piece, at);
    hash.update(piece.subarray(0, read));
    if (read < piece.length) return hash.digest('hex');
  }
}

function readHeader(file: string): ReturnType<typeof readSafetensorsHeader> | null {
  try {
    return readSafetensorsHeader(file);
  } catch (error) {
    if (error instanceof PlimsollError) return null; // whatever is wrong with it, it is made anew
    throw error;
  }
}

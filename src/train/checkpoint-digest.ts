/**
 * @file One sha256 over a checkpoint's numbers and texts, so that damage anywhere is noticed before
 * anything of it is used. Reads and hashes in pieces: the tensors may be as large as the memory.
 */
import { createHash, type Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { canonicalJson } from '#base';
import type { TensorLocation } from '#weights';
import type { CheckpointData } from './checkpoint-moments.ts';

/** Bytes read or hashed at once. */
const PIECE = 1024 * 1024;

/** The digest of tensors in memory; `texts` are whatever else it is to vouch for. */
export function digestOf(
  texts: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, CheckpointData>,
): string {
  const hash = createHash('sha256').update(canonicalJson(texts));
  for (const [name, data] of inOrder(tensors)) {
    begin(hash, name, data.byteLength);
    const bytes = bytesOf(data);
    for (let at = 0; at < bytes.length; at += PIECE) hash.update(bytes.subarray(at, at + PIECE));
  }
  return hash.digest('hex');
}

/** The digest of tensors in the open file `fd`. A file that ends early gives some other digest. */
export function digestOfFile(
  fd: number,
  texts: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, TensorLocation>,
): string {
  const hash = createHash('sha256').update(canonicalJson(texts));
  const piece = new Uint8Array(PIECE);
  for (const [name, { offset, length }] of inOrder(tensors)) {
    begin(hash, name, length);
    for (let at = 0; at < length; at += PIECE) {
      const part = piece.subarray(0, Math.min(PIECE, length - at));
      readInto(fd, offset + at, part);
      hash.update(part);
    }
  }
  return hash.digest('hex');
}

/** Fills `target` with the bytes from `offset` on; what the file lacks stays as it was. */
export function readInto(fd: number, offset: number, target: Uint8Array): void {
  for (let done = 0; done < target.length;) {
    const length = Math.min(PIECE, target.length - done);
    const read = readSync(fd, target, done, length, offset + done);
    if (read === 0) return;
    done += read;
  }
}

/** The memory of `data` itself, not a copy. */
export function bytesOf(data: CheckpointData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function inOrder<T>(tensors: ReadonlyMap<string, T>): [string, T][] {
  return [...tensors].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Marks where a tensor begins, so that bytes cannot pass from one to the next unnoticed. */
function begin(hash: Hash, name: string, bytes: number): void {
  hash.update(`\n${JSON.stringify(name)} ${bytes}\n`);
}

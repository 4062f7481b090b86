/**
 * @file Writes a token file front to back. In memory are one block of ids and one of the index,
 * whatever the number of examples: the index waits in a file of its own until the ids are all there.
 */
import { createHash, type Hash } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import { writeAll } from '#base';
import {
  BLOCK_BYTES,
  entryNumbers,
  HEADER_BYTES,
  headerBytes,
  numberBytes,
  type TokenFileHeader,
} from './token-file.ts';

type HeaderAtEnd = Omit<
  TokenFileHeader,
  'examples' | 'tokens' | 'longestSource' | 'longestTarget' | 'body'
>;

export class TokenWriter {
  readonly #fd: number;
  readonly #indexFd: number;
  readonly #hash: Hash = createHash('sha256');
  readonly #ids = new NumberBlock((bytes) => this.#write(bytes));
  readonly #index = new NumberBlock((bytes) => writeAll(this.#indexFd, bytes));
  readonly #counts = { examples: 0, tokens: 0, longestSource: 0, longestTarget: 0 };

  /** Both are open and empty: `fd` for writing, `indexFd` for reading too. The caller closes them. */
  constructor(fd: number, indexFd: number) {
    this.#fd = fd;
    this.#indexFd = indexFd;
    writeAll(fd, Buffer.alloc(HEADER_BYTES)); // zeros: no valid header until finish()
  }

  add(source: readonly number[], target: readonly number[]): void {
    const counts = this.#counts;
    const entry = { start: counts.tokens, source: source.length, target: target.length };
    this.#index.push(entryNumbers(entry));
    this.#ids.push(source);
    this.#ids.push(target);
    counts.examples++;
    counts.tokens += source.length + target.length;
    counts.longestSource = Math.max(counts.longestSource, source.length);
    counts.longestTarget = Math.max(counts.longestTarget, target.length);
  }

  /** Appends the index and writes, last, the header. */
  finish(header: HeaderAtEnd): void {
    this.#ids.flush();
    this.#index.flush();
    this.#appendIndex();
    const body = this.#hash.digest('hex');
    const bytes = headerBytes({ ...header, ...this.#counts, body });
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.#fd, bytes, done, bytes.length - done, done);
  }

  #appendIndex(): void {
    const block = new Uint8Array(BLOCK_BYTES);
    for (let at = 0; ;) {
      const count = readSync(this.#indexFd, block, 0, block.length, at);
      if (count === 0) return;
      this.#write(block.subarray(0, count));
      at += count;
    }
  }

  #write(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    writeAll(this.#fd, bytes);
  }
}

/** 32-bit numbers gathered until they are worth a write. */
class NumberBlock {
  readonly #numbers = new Int32Array(BLOCK_BYTES / Int32Array.BYTES_PER_ELEMENT);
  readonly #write: (bytes: Uint8Array) => void;
  #filled = 0;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  push(numbers: readonly number[]): void {
    for (const number of numbers) {
      if (this.#filled === this.#numbers.length) this.flush();
      this.#numbers[this.#filled++] = number;
    }
  }

  flush(): void {
    this.#write(numberBytes(this.#numbers.subarray(0, this.#filled)));
    this.#filled = 0;
  }
}

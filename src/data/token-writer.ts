/** @file Writes a token file front to back, holding only the index and one block of ids. */
import { createHash, type Hash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { writeAll } from '#base';
import { HEADER_BYTES, headerBytes, idBytes, type TokenFileHeader } from './token-file.ts';

/** Ids gathered before a write: 256 KiB. */
const BLOCK_IDS = 2 ** 16;

type HeaderAtEnd = Omit<TokenFileHeader, 'examples' | 'tokens' | 'body'>;

export class TokenWriter {
  readonly #fd: number;
  readonly #hash: Hash = createHash('sha256');
  readonly #block = new Int32Array(BLOCK_IDS);
  #filled = 0;
  #tokens = 0;
  /** Lengths, two an example, in pieces: growing one array would hold it twice. */
  readonly #index: Int32Array[] = [];
  #examples = 0;

  /** `fd` is open for writing and empty. */
  constructor(fd: number) {
    this.#fd = fd;
    writeAll(fd, Buffer.alloc(HEADER_BYTES)); // zeros: no valid header until finish()
  }

  add(source: readonly number[], target: readonly number[]): void {
    for (const id of source) this.#push(id);
    for (const id of target) this.#push(id);
    this.#tokens += source.length + target.length;
    const at = this.#examples++ % BLOCK_IDS;
    if (at === 0) this.#index.push(new Int32Array(2 * BLOCK_IDS));
    this.#index.at(-1)?.set([source.length, target.length], 2 * at);
  }

  /** Writes the index and, last, the header. */
  finish(header: HeaderAtEnd): void {
    this.#flush();
    for (const [i, piece] of this.#index.entries())
      this.#write(piece.subarray(0, 2 * Math.min(BLOCK_IDS, this.#examples - i * BLOCK_IDS)));
    const bytes = headerBytes({
      ...header,
      examples: this.#examples,
      tokens: this.#tokens,
      body: this.#hash.digest('hex'),
    });
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.#fd, bytes, done, bytes.length - done, done);
  }

  #push(id: number): void {
    if (this.#filled === BLOCK_IDS) this.#flush();
    this.#block[this.#filled++] = id;
  }

  #flush(): void {
    this.#write(this.#block.subarray(0, this.#filled));
    this.#filled = 0;
  }

  #write(ids: Int32Array): void {
    const bytes = idBytes(ids);
    this.#hash.update(bytes);
    writeAll(this.#fd, bytes);
  }
}

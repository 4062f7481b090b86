/** @file Examples as token ids, on disk: what training reads, one example at a time. */
import { closeSync, openSync } from 'node:fs';
import { fail } from '#base';
import { offsetOfId, readIds, readTokenFile, type OpenedTokenFile } from './token-file.ts';
import { unreadable } from './unreadable.ts';

export interface TokenizedExample {
  readonly source: Int32Array;
  readonly target: Int32Array;
}

export interface TokenStats {
  readonly examples: number;
  /** Examples whose source was cut to the limit. */
  readonly truncatedSource: number;
  readonly truncatedTarget: number;
  /** Records that gave no example when the cache was made, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** A start is kept for every so many examples; those between are found by adding lengths. */
const STRIDE = 64;

/** An open token cache. Keeps 8 bytes an example in memory; the ids stay in the file. */
export class TokenCache {
  readonly file: string;
  readonly length: number;
  readonly stats: TokenStats;
  /** Names data, tokenizer and limits together; a resume compares it. */
  readonly fingerprint: string;
  /** Names the examples alone. */
  readonly dataFingerprint: string;
  readonly #index: Int32Array;
  /** Of the examples 0, STRIDE, 2 STRIDE...: how many ids stand before them. */
  readonly #starts: Float64Array;
  #fd: number | undefined;

  /** Use openTokenCache or buildTokenCache. `fd` is closed by close(). */
  constructor(file: string, fd: number, { header, index }: OpenedTokenFile) {
    this.file = file;
    this.length = header.examples;
    const { examples, truncatedSource, truncatedTarget, skipped } = header;
    this.stats = { examples, truncatedSource, truncatedTarget, skipped };
    this.fingerprint = header.fingerprint;
    this.dataFingerprint = header.dataFingerprint;
    this.#index = index;
    this.#starts = startsOf(index);
    this.#fd = fd;
  }

  /** The ids of example `i`, read from the file. The arrays belong to the caller. */
  at(i: number): TokenizedExample {
    const { source, target } = this.lengths(i);
    if (this.#fd === undefined) throw new Error('internal: token cache used after close()');
    const ids = readIds(this.#fd, offsetOfId(this.#startOf(i)), source + target);
    return { source: ids.subarray(0, source), target: ids.subarray(source) };
  }

  /** The numbers of ids of example `i`, without reading the file. */
  lengths(i: number): { source: number; target: number } {
    const source = this.#index[2 * i];
    const target = this.#index[2 * i + 1];
    if (source === undefined || target === undefined)
      throw new Error(`internal: example ${i} of ${this.length}`);
    return { source, target };
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #startOf(i: number): number {
    let start = this.#starts[Math.floor(i / STRIDE)] ?? 0;
    for (let k = 2 * (i - (i % STRIDE)); k < 2 * i; k++) start += this.#index[k] ?? 0;
    return start;
  }
}

/** Opens a cache by its file, for a resume: the data is not read again. Throws DATA_FILE_UNREADABLE, TOKEN_CACHE_DAMAGED. */
export function openTokenCache(file: string): TokenCache {
  const opened = tryTokenCache(file);
  return typeof opened === 'string'
    ? fail('TOKEN_CACHE_DAMAGED', { file, reason: opened })
    : opened;
}

/** As openTokenCache, but a string says what is wrong with the file's content. */
export function tryTokenCache(file: string): TokenCache | string {
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const opened = readTokenFile(fd);
    if (typeof opened === 'string') return opened;
    const cache = new TokenCache(file, fd, opened);
    fd = undefined; // it is the cache's now
    return cache;
  } catch (error) {
    return unreadable(file, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function startsOf(index: Int32Array): Float64Array {
  const starts = new Float64Array(Math.ceil(index.length / 2 / STRIDE));
  let start = 0;
  for (let i = 0; i < index.length / 2; i++) {
    if (i % STRIDE === 0) starts[i / STRIDE] = start;
    start += (index[2 * i] ?? 0) + (index[2 * i + 1] ?? 0);
  }
  return starts;
}

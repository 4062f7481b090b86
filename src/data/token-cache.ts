/** @file Examples as token ids, on disk: what training reads, one example at a time. */
import { closeSync, openSync } from 'node:fs';
import { fail } from '#base';
import {
  type IndexEntry,
  readEntry,
  readIds,
  readTokenFile,
  type TokenFileHeader,
} from './token-file.ts';
import { unreadable } from './unreadable.ts';

export interface TokenizedExample {
  readonly source: Int32Array;
  readonly target: Int32Array;
}

export interface TokenStats {
  readonly examples: number;
  /** The most ids of one source, and of one target. */
  readonly longestSource: number;
  readonly longestTarget: number;
  /** Examples whose source was cut to the limit. */
  readonly truncatedSource: number;
  readonly truncatedTarget: number;
  /** Records that gave no example when the cache was made, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** An open token cache. Ids and index stay in the file: it takes the same memory at any size. */
export class TokenCache {
  readonly file: string;
  readonly length: number;
  readonly stats: TokenStats;
  /** Names data, tokenizer and limits together; a resume compares it. */
  readonly fingerprint: string;
  /** Names the examples alone. */
  readonly dataFingerprint: string;
  readonly #header: TokenFileHeader;
  #fd: number | undefined;

  /** Use openTokenCache or buildTokenCache. `fd` is closed by close(). */
  constructor(file: string, fd: number, header: TokenFileHeader) {
    const { examples, longestSource, longestTarget, truncatedSource, truncatedTarget, skipped } =
      header;
    this.file = file;
    this.length = examples;
    this.stats = {
      examples,
      longestSource,
      longestTarget,
      truncatedSource,
      truncatedTarget,
      skipped,
    };
    this.fingerprint = header.fingerprint;
    this.dataFingerprint = header.dataFingerprint;
    this.#header = header;
    this.#fd = fd;
  }

  /** The ids of example `i`, read from the file. The arrays belong to the caller. */
  at(i: number): TokenizedExample {
    const { fd, entry } = this.#entry(i);
    const ids = readIds(fd, entry);
    return { source: ids.subarray(0, entry.source), target: ids.subarray(entry.source) };
  }

  /** The numbers of ids of example `i`, without reading them. */
  lengths(i: number): { source: number; target: number } {
    const { source, target } = this.#entry(i).entry;
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

  #entry(i: number): { fd: number; entry: IndexEntry } {
    if (this.#fd === undefined) throw new Error('internal: token cache used after close()');
    if (!(i >= 0 && i < this.length)) throw new Error(`internal: example ${i} of ${this.length}`);
    return { fd: this.#fd, entry: readEntry(this.#fd, this.#header, i) };
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

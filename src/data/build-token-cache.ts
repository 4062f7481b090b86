/** @file Makes the token cache of a data file, or takes the one that is there. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder, temporaryName, throwWriteError } from '#base';
import type { ExampleReader } from './example.ts';
import {
  cacheFingerprint,
  DataFingerprint,
  dataFingerprintOf,
  type TokenOptions,
} from './fingerprints.ts';
import { openTokenCache, tryTokenCache, type TokenCache } from './token-cache.ts';
import { TOKEN_FILE_VERSION } from './token-file.ts';
import { TokenWriter } from './token-writer.ts';

/** The part of a tokenizer that is used here; encode() ends with the end-of-sequence id if the tokenizer adds one. */
export interface Encoder {
  encode(text: string): number[];
  readonly eosId: number;
  readonly fingerprint: string;
}

export interface BuildOptions extends TokenOptions {
  /** Where caches lie; made if it is not there. */
  readonly folder: string;
  /** Called now and then with the number of examples done. */
  readonly onProgress?: (examples: number) => void;
}

const CACHE_PREFIX = 'tokens-';
/** Progress is told every so many examples. */
const PROGRESS_EVERY = 1000;
/** A builder writes all the time; a temporary file untouched for so long was left by one that was killed. */
const STALE_MS = 3_600_000;

/**
 * If the folder has caches, the data is read once to name it, and a sound cache of that name is
 * opened; else (none, damaged, cut off, of another version) one is made, in a pass over the data and
 * under a temporary name until it is whole. Throws what the reader throws, DISK_FULL and
 * FILE_NOT_WRITABLE.
 */
export async function buildTokenCache(
  reader: ExampleReader,
  tokenizer: Encoder,
  options: BuildOptions,
): Promise<TokenCache> {
  checkLimits(options);
  const found = hasCaches(options.folder) ? await findCache(reader, tokenizer, options) : undefined;
  return found ?? openTokenCache(await write(reader, tokenizer, options));
}

async function findCache(
  reader: ExampleReader,
  tokenizer: Encoder,
  options: BuildOptions,
): Promise<TokenCache | undefined> {
  const data = await dataFingerprintOf(reader);
  const file = cacheFile(options.folder, cacheFingerprint(data, tokenizer.fingerprint, options));
  if (!existsSync(file)) return undefined;
  const cache = tryTokenCache(file);
  return typeof cache === 'string' ? undefined : cache; // a damaged one is made again, in its place
}

/** Returns the file's final name: that of the data as this pass found it, should it have changed since the first. */
async function write(
  reader: ExampleReader,
  tokenizer: Encoder,
  options: BuildOptions,
): Promise<string> {
  const temporary = temporaryName(join(options.folder, 'tokens'));
  const fd = create(temporary);
  let indexFd: number | undefined;
  try {
    indexFd = openNameless(temporary);
    const writer = new TokenWriter(fd, indexFd);
    const fingerprint = await tokenize(reader, tokenizer, options, writer);
    fsyncSync(fd);
    const file = cacheFile(options.folder, fingerprint);
    renameSync(temporary, file);
    syncFolder(options.folder);
    return file;
  } catch (error) {
    rmSync(temporary, { force: true });
    return throwWriteError(temporary, error);
  } finally {
    closeSync(fd);
    if (indexFd !== undefined) closeSync(indexFd);
  }
}

function create(temporary: string): number {
  try {
    mkdirSync(dirname(temporary), { recursive: true });
    removeStale(dirname(temporary));
    return openSync(temporary, 'wx');
  } catch (error) {
    return throwWriteError(temporary, error);
  }
}

/** A file beside `file` that goes when it is closed, also by a kill. */
function openNameless(file: string): number {
  const name = temporaryName(file);
  const fd = openSync(name, 'wx+');
  rmSync(name);
  return fd;
}

/** One pass; returns the fingerprint of the cache that it wrote. */
async function tokenize(
  reader: ExampleReader,
  tokenizer: Encoder,
  { sourceMaxTokens, targetMaxTokens, onProgress }: BuildOptions,
  writer: TokenWriter,
): Promise<string> {
  const data = new DataFingerprint();
  let done = 0;
  let truncatedSource = 0;
  let truncatedTarget = 0;
  for await (const example of reader) {
    data.add(example);
    const source = tokenizer.encode(example.source);
    const target = tokenizer.encode(example.target);
    if (truncate(source, sourceMaxTokens, tokenizer.eosId)) truncatedSource++;
    if (truncate(target, targetMaxTokens, tokenizer.eosId)) truncatedTarget++;
    writer.add(source, target);
    done++;
    if (done % PROGRESS_EVERY === 0) onProgress?.(done);
  }
  onProgress?.(done);
  const dataFingerprint = data.digest();
  const limits = { sourceMaxTokens, targetMaxTokens };
  const fingerprint = cacheFingerprint(dataFingerprint, tokenizer.fingerprint, limits);
  writer.finish({
    format: 'plimsoll-tokens',
    version: TOKEN_FILE_VERSION,
    fingerprint,
    dataFingerprint,
    tokenizerFingerprint: tokenizer.fingerprint,
    ...limits,
    truncatedSource,
    truncatedTarget,
    skipped: { ...reader.counts.skipped },
  });
  return fingerprint;
}

/** Cuts `ids` to `limit` in place; an end-of-sequence id at the end stays there, as tokenizers truncate. */
export function truncate(ids: number[], limit: number, eosId: number): boolean {
  if (ids.length <= limit) return false;
  const ended = ids.at(-1) === eosId;
  ids.length = limit;
  if (ended) ids[limit - 1] = eosId;
  return true;
}

function hasCaches(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(CACHE_PREFIX));
}

function cacheFile(folder: string, fingerprint: string): string {
  return join(folder, `${CACHE_PREFIX}${fingerprint.slice(0, 32)}.bin`);
}

function removeStale(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!/^\.tokens\..*\.tmp$/.test(name)) continue;
    const age =
      Date.now() - (statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE_MS) rmSync(join(folder, name), { force: true });
  }
}

function checkLimits({ sourceMaxTokens, targetMaxTokens }: TokenOptions): void {
  for (const limit of [sourceMaxTokens, targetMaxTokens])
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new Error(`internal: token limit ${limit}`);
}

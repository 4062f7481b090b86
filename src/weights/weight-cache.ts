/**
 * @file Where converted weights are kept: made once for each model and precision, used by every run.
 *
 * `${PLIMSOLL_CACHE}/weights/<source>-<precision>/model.safetensors`; PLIMSOLL_CACHE is
 * `${XDG_CACHE_HOME:-~/.cache}/plimsoll` unless it is set. All that no process uses may be removed at
 * any time; what none has used for long is, when more is made.
 */
import { mkdirSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  fail,
  fingerprintOf,
  formatBytes,
  PlimsollError,
  systemCodeOf,
  throwWriteError,
} from '#base';
import {
  type Conversion,
  convertedBytes,
  type ConversionSource,
  readConverted,
  writeConverted,
} from './converted-weights.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { markUsed, removeUnused } from './unused-weights.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ConvertRequest {
  readonly tensors: ReadonlyMap<string, Conversion>;
  /** names the original's contents, as far as its owner can tell */
  readonly fingerprint: string;
  /** as people call what is asked for: a part of the folder's name */
  readonly precision: string;
  /** where to go when the cache cannot be written */
  readonly otherFolder?: string | undefined;
  /** Called before a conversion, which can take seconds; not where the cache has the weights. */
  readonly onConvert?: () => void;
}

export interface ConvertedWeights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly file: string;
  /** of the file */
  readonly bytes: number;
}

/**
 * The tensors in the storages that are asked for, from the cache, or converted into it.
 *
 * @throws PlimsollError WEIGHTS_DISK_FULL, WEIGHTS_NOT_WRITABLE, and what reading the model throws
 */
export function convertedWeights(
  request: ConvertRequest,
  env: Environment = process.env,
): ConvertedWeights {
  const { tensors, precision, otherFolder } = request;
  const source = { tensors, fingerprint: fingerprintOfSource(request) };
  const name = `${source.fingerprint.slice(0, 16)}-${precision}`;
  const file = join(cacheFolder(env), 'weights', name, 'model.safetensors');
  const other = otherFolder === undefined ? null : join(otherFolder, name, 'model.safetensors');
  const files = other === null ? [file] : [file, other];
  for (const each of files) {
    markUsed(each);
    const found = readConverted(each, source);
    if (found) return { tensors: found, file: each, bytes: statSync(each).size };
  }
  request.onConvert?.();
  const made = converted(file, source, other === null) ?? converted(other ?? file, source, true);
  if (!made) throw new Error(`internal: ${file} was converted and is not there`);
  return made;
}

function cacheFolder(env: Environment): string {
  const folder = (name: string) => env[name]?.replace(/^~(?=\/|$)/, homedir()) || undefined;
  const shared = folder('XDG_CACHE_HOME') ?? join(homedir(), '.cache');
  return folder('PLIMSOLL_CACHE') ?? join(shared, 'plimsoll');
}

/**
 * The fingerprint reads samples only, and a model that was trained further may differ between them: so
 * the files' places, sizes and times count as well.
 */
function fingerprintOfSource({ tensors, fingerprint }: ConvertRequest): string {
  const files = [...new Set([...tensors.values()].map(({ from }) => from.file))].toSorted();
  const stats = files.map((file) => {
    const { size, mtimeMs } = statSync(file);
    return { file, size, mtimeMs };
  });
  return fingerprintOf({ fingerprint, stats });
}

/** Null where the folder cannot be written and that is not the `last` place to try. */
function converted(file: string, source: ConversionSource, last: boolean): ConvertedWeights | null {
  const needed = convertedBytes(source);
  try {
    removeUnused(dirname(dirname(file)));
    makeFolder(dirname(file));
    removeLeftOver(dirname(file));
    if (freeBytes(dirname(file)) < needed) failFull(file, needed);
    writeConverted(file, source);
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    if (error.code === 'DISK_FULL') failFull(file, needed, error);
    if (error.code !== 'FILE_NOT_WRITABLE') throw error;
    if (!last) return null;
    const { reason } = error.facts;
    fail('WEIGHTS_NOT_WRITABLE', { file, reason: String(reason) }, { cause: error });
  }
  const tensors = readConverted(file, source);
  return tensors && { tensors, file, bytes: statSync(file).size };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throwWriteError(folder, error);
    const reason = 'there is a file of that name';
    fail('FILE_NOT_WRITABLE', { file: folder, reason }, { cause: error });
  }
}

/** A conversion under way writes all the time; a temporary file that is older was left by a kill. */
const LEFT_OVER_AFTER = 600_000; // ms

function removeLeftOver(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.tmp'))) {
    const file = join(folder, name);
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats && Date.now() - stats.mtimeMs > LEFT_OVER_AFTER) rmSync(file, { force: true });
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function failFull(file: string, needed: number, cause?: Error): never {
  const free = formatBytes(freeBytes(dirname(file)));
  return fail('WEIGHTS_DISK_FULL', { file, needed: formatBytes(needed), free }, { cause });
}

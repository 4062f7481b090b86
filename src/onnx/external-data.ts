/**
 * @file Where a session's weights lie, as ONNX Runtime wants it: one folder for the whole model, and
 * for each weight a path below it. ONNX Runtime maps the files; nothing is read here.
 *
 * It refuses `..`, absolute paths and symbolic links that lead out of the folder (1.30), and a hub
 * cache is full of such links. So links are resolved first and the folder is the one that the real
 * files have in common.
 */
import { realpathSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import type { WeightStorage } from '#base';

/** Bytes of a file. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** Where a weight's numbers are: row-major, little-endian. */
export interface WeightLocation extends Span {
  /** Absolute path. */
  readonly file: string;
  readonly storage: WeightStorage;
  readonly shape: readonly number[];
  /** float32, in the same file: one for each row of `i8`, for each block of `u4`. */
  readonly scales?: Span | undefined;
  /** 4 bits each, in the same file: one for each block of `u4`. */
  readonly zeroPoints?: Span | undefined;
}

/** The folder of a model, and for each file that was asked for its path below that folder. */
export interface DataFolder {
  readonly folder: string;
  readonly locationOf: ReadonlyMap<string, string>;
}

/** Resolves links and finds the deepest folder above all `files`; null where there are none. */
export function dataFolder(files: Iterable<string>): DataFolder | null {
  const real = new Map([...new Set(files)].map((file) => [file, realpathSync(file)]));
  if (real.size === 0) return null;
  const folder = [...real.values()].map(dirname).reduce(commonFolder);
  return {
    folder,
    locationOf: new Map([...real].map(([file, path]) => [file, relative(folder, path)])),
  };
}

function commonFolder(a: string, b: string): string {
  const left = a.split(sep);
  const right = b.split(sep);
  const differs = left.findIndex((part, i) => part !== right[i]);
  const common = differs === -1 ? a : left.slice(0, differs).join(sep);
  return common === '' ? sep : common;
}

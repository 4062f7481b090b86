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

/** A weight's bytes: `length` of them at `offset` of `file`, row-major, little-endian. */
export interface WeightLocation {
  /** Absolute path. */
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly storage: 'f32' | 'f16' | 'bf16';
  readonly shape: readonly number[];
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

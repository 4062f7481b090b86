/**
 * @file Numbers recorded from the reference implementation. The folder is PLIMSOLL_FIXTURES, or
 * shared/fixtures beside the repository; tests that need it say so where it is absent.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readSafetensorsHeader, readTensor } from '#weights';

const FIXTURES = resolve(process.env['PLIMSOLL_FIXTURES'] ?? '../shared/fixtures');

/** The folder of a family's fixtures, or null with the reason printed. */
export function fixtureFolder(family: string): string | null {
  const folder = join(FIXTURES, family);
  if (existsSync(folder)) return folder;
  console.warn(`skipped: no ${folder} (set PLIMSOLL_FIXTURES to a folder of recorded numbers)`);
  return null;
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- each caller knows its own file
export function readJson<T>(folder: string, name: string): T {
  const value: T = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return value;
}

/** Recorded tensors by name, read when asked for. */
export function recordedTensors(file: string): (name: string) => Float32Array {
  const { tensors } = readSafetensorsHeader(file);
  return (name) => {
    const location = tensors.get(name);
    if (!location) throw new Error(`${file} has no tensor '${name}'`);
    return readTensor(location);
  };
}

/** Largest difference over the largest element of what was expected. */
export function relativeDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) {
    throw new Error(`expected ${expected.length} elements, got ${got.length}`);
  }
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    const e = expected[i]!;
    const d = Math.abs(got[i]! - e);
    if (!(d <= difference)) difference = d;
    scale = Math.max(scale, Math.abs(e));
  }
  return scale === 0 ? difference : difference / scale;
}

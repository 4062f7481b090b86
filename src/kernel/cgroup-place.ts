/**
 * @file Where a group lies below a mount, from two paths that the kernel tells relative to the root
 * of a cgroup namespace.
 *
 * Both may lead out of it: a mount made before the namespace has the root `/../..`, say. The names
 * on that way are told nowhere (that is what a namespace is for), but the folders are there to see.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from './read.ts';

interface Place {
  /** folders below the mount point whose names are not told */
  readonly unknown: number;
  /** folders below those */
  readonly names: readonly string[];
}

/** From a mount of `root` down to `path`; null where the mount does not show it. */
export function placeUnder(root: string, path: string): Place | null {
  const [from, to] = [climb(root), climb(path)];
  if (from.up > to.up && from.names.length === 0) {
    return { unknown: from.up - to.up, names: to.names };
  }
  const inside = from.up === to.up && from.names.every((name, i) => name === to.names[i]);
  return inside ? { unknown: 0, names: to.names.slice(from.names.length) } : null;
}

/** `/../../a/b` -> 2 up, then `a`, `b`. */
function climb(path: string): { up: number; names: string[] } {
  const parts = path.split('/').filter((part) => part !== '');
  const names = parts.filter((part) => part !== '..');
  return { up: parts.length - names.length, names };
}

/** The folders from `top` to the group that has the process, or null. */
export function findProcess(top: string, { unknown, names }: Place, pid: number): string[] | null {
  const has = (folder: string) =>
    readText(join(folder, 'cgroup.procs'))?.split('\n').includes(String(pid)) ?? false;
  let ways: string[][] = [[]];
  for (let depth = 0; depth < unknown; depth++) {
    ways = ways
      .flatMap((way) => foldersIn(join(top, ...way)).map((name) => [...way, name]))
      .slice(0, MOST_GROUPS);
  }
  return ways.map((way) => [...way, ...names]).find((way) => has(join(top, ...way))) ?? null;
}

/** A large host has some thousand groups; beyond that the search gives up and says "not seen". */
const MOST_GROUPS = 10_000;

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return []; // removed in the meantime, or not ours to read
  }
}

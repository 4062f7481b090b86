/**
 * @file Paths from outside stay below the service's roots, wherever links lead.
 *
 * A weak point: whoever may write below a root can put a link there after the look and before the run opens it.
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fail } from '#base';

/**
 * The file or folder that `path` names: in the first root that has it, or as it is where it is absolute.
 * Whether it is there is for its reader to say.
 *
 * @throws PlimsollError PATH_OUTSIDE_ROOTS
 */
export function resolveBelow(roots: readonly string[], field: string, path: string): string {
  const real = roots.map(realPath);
  const candidates = isAbsolute(path) ? [path] : roots.map((root) => join(root, path));
  const inside = candidates
    .map((candidate) => ({ candidate, leadsTo: realPath(candidate) }))
    .filter(({ leadsTo }) => real.some((root) => leadsTo === root || isWithin(root, leadsTo)));
  const there = inside.find(({ candidate }) => exists(candidate)) ?? inside[0];
  return there?.leadsTo ?? fail('PATH_OUTSIDE_ROOTS', { field, path });
}

/** Of what is not there, the place of its nearest folder that is. */
function realPath(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    return whole === dirname(whole) ? whole : join(realPath(dirname(whole)), basename(whole));
  }
}

function exists(path: string): boolean {
  try {
    realpathSync(path);
    return true;
  } catch {
    return false; // its reader says why
  }
}

/** Both as they are once links are followed. */
export function isWithin(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

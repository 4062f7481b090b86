/** @file The files of a run: listed, and opened by a path that never leads out of its folder. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { join, relative, sep } from 'node:path';
import { isWithin } from '../orders/paths.ts';

export interface Artifact {
  /** below the run's folder, with `/` */
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: string;
}

/** A run has some dozens; more would be somebody else's. */
const MOST_FILES = 1000;

/** Regular files, in order of their paths; links are left out, wherever they lead. */
export function artifactsIn(folder: string): Artifact[] {
  const files: Artifact[] = [];
  const look = (below: string): void => {
    for (const entry of entriesOf(join(folder, below))) {
      if (files.length >= MOST_FILES) return;
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) look(path);
      const stat = entry.isFile() ? statSync(join(folder, path), { throwIfNoEntry: false }) : null;
      if (stat) files.push({ path, bytes: stat.size, modifiedAt: stat.mtime.toISOString() });
    }
  };
  look('');
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // it has not begun, or it was removed meanwhile
  }
}

export interface OpenArtifact {
  /** a file descriptor, which the caller closes */
  readonly fd: number;
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Null where the path names no regular file below the folder. */
export function openArtifact(folder: string, path: string): OpenArtifact | null {
  const file = realFile(folder, path);
  const fd = file === null ? null : opened(file);
  if (file === null || fd === null) return null;
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    return null;
  }
  const name = relative(realpathSync(folder), file).replaceAll(sep, '-');
  return { fd, name, bytes: stat.size, modifiedMs: stat.mtimeMs };
}

/** Not waiting for the writer of a pipe, and not following a link that has come since. */
function opened(file: string): number | null {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null; // it has gone, or is not ours to read
  }
}

function realFile(folder: string, path: string): string | null {
  try {
    const file = realpathSync(join(folder, path));
    return isWithin(realpathSync(folder), file) && statSync(file).isFile() ? file : null;
  } catch {
    return null; // not there, or a path that no file can have
  }
}

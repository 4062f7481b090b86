/**
 * @file The hub's cache on disk, as Python's huggingface_hub lays it out: blobs/ by content, snapshots/
 * by commit with links into blobs/, refs/ from a branch or tag to its commit.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { replaceLink, throwWriteError, writeFileSafely } from '#base';
import { statIfThere } from './folder-files.ts';
import { COMMIT, type HubName } from './hub-name.ts';

export interface RepoCache {
  blob(id: string): string;
  snapshot(commit: string): string;
  /** the commit that a revision was when it was last asked for; null if it never was */
  commitOf(revision: string): string | null;
  remember(revision: string, commit: string): void;
  /** makes the snapshot's file a link to the blob */
  link(commit: string, file: string, id: string): void;
  hasBlob(id: string, size: number): boolean;
  /** the snapshot has `file`, of `size` bytes; where links are not to be had Python puts a copy there */
  has(commit: string, file: string, size: number): boolean;
}

export function repoCache(cache: string, { repo }: HubName): RepoCache {
  const root = join(cache, `models--${repo.replaceAll('/', '--')}`);
  const blob = (id: string) => join(root, 'blobs', id);
  const snapshot = (commit: string) => join(root, 'snapshots', commit);
  const ref = (revision: string) => join(root, 'refs', revision);
  const commitOf = (revision: string) => {
    if (COMMIT.test(revision)) return existsSync(snapshot(revision)) ? revision : null;
    const commit = readIfThere(ref(revision)).trim();
    return COMMIT.test(commit) ? commit : null;
  };
  return {
    blob,
    snapshot,
    commitOf,
    remember: (revision, commit) => {
      // Not written where nothing changes: a cache that is whole may be read-only.
      if (COMMIT.test(revision) || commitOf(revision) === commit) return;
      makeFolderOf(ref(revision));
      writeFileSafely(ref(revision), commit);
    },
    link: (commit, file, id) => {
      const pointer = join(snapshot(commit), file);
      makeFolderOf(pointer);
      replaceLink(pointer, relative(dirname(pointer), blob(id)));
    },
    hasBlob: (id, size) => isFileOf(size, blob(id)),
    has: (commit, file, size) => isFileOf(size, join(snapshot(commit), file)),
  };
}

function isFileOf(size: number, path: string): boolean {
  const stats = statIfThere(path);
  return stats?.isFile() === true && stats.size === size;
}

/** What cannot be read (a folder of that name: branch `a` after branch `a/b`) counts as not there. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function makeFolderOf(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    throwWriteError(file, error);
  }
}

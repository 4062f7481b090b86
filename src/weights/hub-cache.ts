/**
 * @file The hub's cache on disk, as Python's huggingface_hub lays it out: blobs/ by content, snapshots/
 * by commit with links into blobs/, refs/ from a branch or tag to its commit.
 */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { replaceLink, writeFileSafely } from '#base';
import { COMMIT, type HubName } from './hub-name.ts';

export interface RepoCache {
  blob(id: string): string;
  snapshot(commit: string): string;
  /** the commit that a revision was when it was last asked for; null if it never was */
  commitOf(revision: string): string | null;
  remember(revision: string, commit: string): void;
  /** makes the snapshot's file a link to the blob */
  link(commit: string, file: string, id: string): void;
  has(commit: string, file: string): boolean;
}

export function repoCache(cache: string, { repo }: HubName): RepoCache {
  const root = join(cache, `models--${repo.replaceAll('/', '--')}`);
  const blob = (id: string) => join(root, 'blobs', id);
  const snapshot = (commit: string) => join(root, 'snapshots', commit);
  const ref = (revision: string) => join(root, 'refs', revision);
  return {
    blob,
    snapshot,
    commitOf: (revision) => {
      if (COMMIT.test(revision)) return existsSync(snapshot(revision)) ? revision : null;
      if (!existsSync(ref(revision))) return null;
      const commit = readFileSync(ref(revision), 'utf8').trim();
      return COMMIT.test(commit) ? commit : null;
    },
    remember: (revision, commit) => {
      if (COMMIT.test(revision)) return;
      mkdirSync(dirname(ref(revision)), { recursive: true });
      writeFileSafely(ref(revision), commit);
    },
    link: (commit, file, id) => {
      const pointer = join(snapshot(commit), file);
      mkdirSync(dirname(pointer), { recursive: true });
      replaceLink(pointer, relative(dirname(pointer), blob(id)));
    },
    has: (commit, file) =>
      statSync(join(snapshot(commit), file), { throwIfNoEntry: false })?.isFile() ?? false,
  };
}

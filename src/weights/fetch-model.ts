/** @file A model from the hub into the cache: what is missing is fetched, what is there is used. */
import { fail } from '#base';
import { CONFIG_FILE, SMALL_FILES, WEIGHTS_INDEX } from './folder-files.ts';
import { type RepoCache, repoCache } from './hub-cache.ts';
import { download, listRevision, type RemoteFile } from './hub-client.ts';
import { COMMIT, type HubName } from './hub-name.ts';
import type { HubSettings } from './hub-settings.ts';

export interface CachedModel {
  readonly folder: string;
  readonly commit: string;
}

/**
 * The snapshot's folder. A commit whose files are cached is used without a request, and so is any
 * revision in offline mode.
 *
 * @throws PlimsollError HUB_*, DISK_FULL, FILE_NOT_WRITABLE; what was cached before stays
 */
export async function fetchModel(hub: HubSettings, name: HubName): Promise<CachedModel> {
  const cache = repoCache(hub.cache, name);
  const { repo, revision } = name;
  const known = cache.commitOf(revision);
  if (known !== null && (hub.offline || COMMIT.test(revision)) && isWhole(cache, known)) {
    return { folder: cache.snapshot(known), commit: known };
  }
  if (hub.offline) return fail('HUB_NOT_CACHED', { repo, revision, cache: hub.cache });
  const { commit, files } = await listRevision(hub, name);
  // The index and the configuration come last: with them there, all else is.
  for (const file of files.filter(isWanted).toSorted((a, b) => rank(a) - rank(b))) {
    if (cache.has(commit, file.name)) continue;
    await download(hub, name, commit, file, cache.blob(file.id));
    cache.link(commit, file.name, file.id);
  }
  cache.remember(revision, commit);
  return { folder: cache.snapshot(commit), commit };
}

function isWhole(cache: RepoCache, commit: string): boolean {
  return cache.has(commit, CONFIG_FILE);
}

/** No pickles, no other frameworks' weights, nothing in sub-folders. */
function isWanted({ name }: RemoteFile): boolean {
  return (
    SMALL_FILES.includes(name) || name === WEIGHTS_INDEX || /^[\w.-]+\.safetensors$/.test(name)
  );
}

function rank({ name }: RemoteFile): number {
  return name === CONFIG_FILE ? 2 : name === WEIGHTS_INDEX ? 1 : 0;
}

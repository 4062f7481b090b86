/** @file A model from the hub into the cache: what is missing is fetched, what is there is used. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '#base';
import {
  checkFolderHasModel,
  CONFIG_FILE,
  filesOf,
  SINGLE_WEIGHTS,
  SMALL_FILES,
  TOKENIZER_FILE,
  WEIGHTS_INDEX,
} from './folder-files.ts';
import { repoCache } from './hub-cache.ts';
import { download } from './hub-download.ts';
import { listRevision, type RemoteFile } from './hub-listing.ts';
import { COMMIT, type HubName } from './hub-name.ts';
import type { HubSettings } from './hub-settings.ts';
import { readWeightMap } from './locate-tensors.ts';

export interface CachedModel {
  readonly folder: string;
  readonly commit: string;
}

/**
 * The snapshot's folder. A commit whose files are cached is used without a request, and so is any
 * revision in offline mode.
 *
 * @throws PlimsollError HUB_*, DISK_FULL, FILE_NOT_WRITABLE; what was cached before stays.
 *   MODEL_FILE_MISSING, MODEL_NEEDS_CONVERSION before anything is fetched.
 */
export async function fetchModel(hub: HubSettings, name: HubName): Promise<CachedModel> {
  const cache = repoCache(hub.cache, name);
  const { repo, revision } = name;
  const known = cache.commitOf(revision);
  const mayUseKnown = hub.offline || COMMIT.test(revision);
  if (known !== null && mayUseKnown && isWhole(cache.snapshot(known))) {
    return { folder: cache.snapshot(known), commit: known };
  }
  if (hub.offline) return fail('HUB_NOT_CACHED', { repo, revision, cache: hub.cache });
  const { commit, files } = await listRevision(hub, name);
  const names = files.map((file) => file.name).filter((file) => !file.includes('/'));
  checkFolderHasModel(repo, names.toSorted(), conversionOf(name));
  // The index and the configuration come last: with them there, all else is.
  for (const file of files.filter(isWanted).toSorted((a, b) => rank(a) - rank(b))) {
    if (cache.has(commit, file.name, file.size)) continue;
    // Commits share the blobs of files that did not change between them.
    if (!cache.hasBlob(file.id, file.size)) {
      await download(hub, name, commit, file, cache.blob(file.id));
    }
    cache.link(commit, file.name, file.id);
  }
  cache.remember(revision, commit);
  return { folder: cache.snapshot(commit), commit };
}

/**
 * Into a folder of the model's own name, which then goes before the hub. All is loaded before
 * anything is saved: Python too would take the new folder for the model.
 */
function conversionOf({ repo, revision }: HubName): string {
  const load = `from_pretrained('${repo}', revision='${revision}')`;
  const save = `save_pretrained('${repo}')`;
  return `python -c "import transformers as t; c = t.AutoConfig.${load}; m = getattr(t, c.architectures[0]).${load}; k = t.AutoTokenizer.${load}; m.${save}; k.${save}", then give the model as ./${repo}`;
}

/** Others use this cache too: Python may have fetched no more than the configuration. */
function isWhole(snapshot: string): boolean {
  if (!existsSync(snapshot)) return false;
  const names = filesOf(snapshot);
  if (!names.includes(CONFIG_FILE) || !names.includes(TOKENIZER_FILE)) return false;
  if (names.includes(SINGLE_WEIGHTS)) return true;
  if (!names.includes(WEIGHTS_INDEX)) return false;
  return readWeightMap(join(snapshot, WEIGHTS_INDEX)).every(([, shard]) => names.includes(shard));
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

/** @file A model by what the user calls it: a folder, or a name on the hub. */
import { homedir } from 'node:os';
import { fetchModel } from './fetch-model.ts';
import { statIfThere } from './folder-files.ts';
import { parseHubName } from './hub-name.ts';
import { hubSettings } from './hub-settings.ts';
import { type ModelFiles, openModelFolder } from './model-folder.ts';

export interface OpenModelOptions {
  /** The hub's cache; HF_HUB_CACHE, else HF_HOME/hub, by default. */
  readonly cacheDir?: string;
  /** Branch, tag or commit on the hub; also written behind the name, `org/name@revision`. */
  readonly revision?: string;
  /** Access token for the hub; HF_TOKEN, else the file HF_HOME/token, by default. */
  readonly token?: string;
  /** True: nothing but the cache is used; HF_HUB_OFFLINE by default. */
  readonly offline?: boolean;
}

/**
 * Opens the model `ref`: a folder if there is one of that name or if it begins with `.`, `/` or `~`,
 * otherwise `org/name` or `org/name@revision` from the hub. Of the weights only headers are read.
 *
 * @throws PlimsollError for anything missing, damaged, refused or broken off
 */
export async function openModel(ref: string, options: OpenModelOptions = {}): Promise<ModelFiles> {
  if (isFolder(ref)) return openModelFolder(ref.replace(/^~(?=\/|$)/, homedir()), { ref });
  const name = parseHubName(ref, options.revision);
  const { folder, commit } = await fetchModel(hubSettings(options), name);
  return openModelFolder(folder, { ref, revision: commit });
}

function isFolder(ref: string): boolean {
  return /^[./~]/.test(ref) || statIfThere(ref)?.isDirectory() === true;
}

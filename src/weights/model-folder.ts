/** @file A model in a folder, as transformers saves it: config.json, safetensors, tokenizer files. */
import { join } from 'node:path';
import { checkFolderHasModel, CONFIG_FILE, filesOf } from './folder-files.ts';
import { locateTensorsOf } from './locate-tensors.ts';
import { type JsonObject, readJsonObject } from './read-json.ts';
import type { TensorLocation } from './safetensors-header.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer.ts';

export interface ModelFiles {
  /** What the model was asked for by: a folder, or a name on the hub. */
  readonly ref: string;
  readonly folder: string;
  /** The hub's commit; a folder has none. */
  readonly revision?: string;
  /** config.json. */
  readonly config: JsonObject;
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  /** Reads the tokenizer's files, on the first call: a large vocabulary takes 100 MB and more. */
  tokenizer(): Promise<Tokenizer>;
}

/**
 * The model in `folder`. Its weights are located, not read.
 *
 * @throws PlimsollError for a file that is missing, damaged or in need of conversion
 */
export function openModelFolder(
  folder: string,
  origin: { ref: string; revision?: string },
): ModelFiles {
  const names = filesOf(folder);
  checkFolderHasModel(folder, names);
  let tokenizer: Promise<Tokenizer> | undefined;
  return {
    ...origin,
    folder,
    config: readJsonObject(join(folder, CONFIG_FILE)),
    tensors: locateTensorsOf(folder, names),
    tokenizer: () => (tokenizer ??= loadTokenizer(folder)),
  };
}

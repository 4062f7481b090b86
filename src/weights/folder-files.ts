/** @file The names that a model folder's files have, and what a folder holds of them. */
import { readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, systemCodeOf } from '#base';

export const CONFIG_FILE = 'config.json';
export const SINGLE_WEIGHTS = 'model.safetensors';
export const WEIGHTS_INDEX = 'model.safetensors.index.json';
export const TOKENIZER_FILE = 'tokenizer.json';
export const TOKENIZER_CONFIG = 'tokenizer_config.json';
export const SPECIAL_TOKENS_MAP = 'special_tokens_map.json';

/** What every model has besides its weights; the hub's downloads take these where they exist. */
export const SMALL_FILES: readonly string[] = [
  CONFIG_FILE,
  'generation_config.json',
  TOKENIZER_FILE,
  TOKENIZER_CONFIG,
  SPECIAL_TOKENS_MAP,
];

/** Weights in formats that run code when they are loaded (pickle), or that are not ours to read. */
const FOREIGN_WEIGHTS = /^(pytorch_model.*\.bin(\.index\.json)?|tf_model\.h5|flax_model\.msgpack)$/;
/** Tokenizers that only the SentencePiece library reads. */
const FOREIGN_TOKENIZER = /^(spiece|sentencepiece(\.bpe)?|tokenizer)\.model$/;

/** The names of the files in `folder`, sorted; links that lead nowhere are left out. */
export function filesOf(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    const reason = REASONS[systemCodeOf(error) ?? ''];
    if (!reason) throw error;
    return fail('MODEL_FILE_UNREADABLE', { file: folder, reason }, { cause: error });
  }
  return names.filter((name) => isFile(join(folder, name))).toSorted();
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'it is not a folder',
  EACCES: 'permission denied',
};

function isFile(path: string): boolean {
  return statIfThere(path)?.isFile() ?? false;
}

/** What cannot be looked at (a file as a folder, links in a circle, a name too long) is not there. */
export function statIfThere(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Throws unless `names`, the files of `folder`, have a model's config, weights and tokenizer.
 *
 * @param conversion - the command that the error advises; by default one that adds to the folder
 * @throws PlimsollError MODEL_FILE_MISSING or MODEL_NEEDS_CONVERSION, listing what was found
 */
export function checkFolderHasModel(
  folder: string,
  names: readonly string[],
  conversion?: string,
): void {
  checkHasConfig(folder, names);
  checkHasWeights(folder, names, conversion);
  checkHasTokenizer(folder, names, conversion);
}

function checkHasConfig(folder: string, found: readonly string[]): void {
  if (!found.includes(CONFIG_FILE)) {
    fail('MODEL_FILE_MISSING', { folder, expected: CONFIG_FILE, found });
  }
}

function checkHasWeights(folder: string, found: readonly string[], conversion?: string): void {
  if (found.includes(SINGLE_WEIGHTS) || found.includes(WEIGHTS_INDEX)) return;
  const foreign = found.find((name) => FOREIGN_WEIGHTS.test(name));
  if (foreign === undefined) {
    const expected = `weights, ${SINGLE_WEIGHTS} or ${WEIGHTS_INDEX} with its files`;
    fail('MODEL_FILE_MISSING', { folder, expected, found });
  }
  const how =
    conversion ??
    `python -c "import transformers as t; c = t.AutoConfig.from_pretrained('${folder}'); getattr(t, c.architectures[0]).from_pretrained('${folder}').save_pretrained('${folder}')"`;
  fail('MODEL_NEEDS_CONVERSION', { folder, expected: SINGLE_WEIGHTS, found: foreign, how });
}

/** The part of the check that a folder with nothing but a tokenizer has to pass. */
export function checkHasTokenizer(
  folder: string,
  found: readonly string[],
  conversion?: string,
): void {
  if (found.includes(TOKENIZER_FILE)) return;
  const foreign = found.find((name) => FOREIGN_TOKENIZER.test(name));
  if (foreign === undefined) {
    fail('MODEL_FILE_MISSING', { folder, expected: TOKENIZER_FILE, found });
  }
  const how =
    conversion ??
    `python -c "from transformers import AutoTokenizer; AutoTokenizer.from_pretrained('${folder}').save_pretrained('${folder}')"`;
  fail('MODEL_NEEDS_CONVERSION', { folder, expected: TOKENIZER_FILE, found: foreign, how });
}

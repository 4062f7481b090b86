/** @file Which tokens end a text and fill a batch, from the files in which models say so. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE, SPECIAL_TOKENS_MAP, TOKENIZER_CONFIG } from './folder-files.ts';
import { isJsonObject, type JsonObject, readJsonObject } from './read-json.ts';

export interface SpecialTokens {
  readonly eos: Mention;
  readonly pad: Mention;
  /** Texts of all tokens that the tokenizer's own files call special. */
  readonly names: readonly string[];
  /** Python's `clean_up_tokenization_spaces`; off unless the model's files turn it on. */
  readonly cleanUpSpaces: boolean;
}

/** What the files say of one token; the first text that is in the vocabulary counts, then the id. */
interface Mention {
  readonly texts: readonly string[];
  readonly id: number | undefined;
}

/**
 * Special tokens of the model in `folder`. A token named in tokenizer_config.json counts before one
 * in special_tokens_map.json (the order of transformers), and both before the ids of config.json.
 */
export function readSpecialTokens(folder: string): SpecialTokens {
  const tokenizerConfig = readOptional(join(folder, TOKENIZER_CONFIG));
  const naming = [tokenizerConfig, readOptional(join(folder, SPECIAL_TOKENS_MAP))];
  const config = readOptional(join(folder, CONFIG_FILE));
  const mention = (role: string): Mention => ({
    texts: textsOf(naming.map((file) => file[`${role}_token`])),
    id: firstId(config[`${role}_token_id`]),
  });
  return {
    eos: mention('eos'),
    pad: mention('pad'),
    names: [...new Set(naming.flatMap(namesIn))],
    cleanUpSpaces: tokenizerConfig['clean_up_tokenization_spaces'] === true,
  };
}

const ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'];

function namesIn(file: JsonObject): string[] {
  const more: unknown = file['additional_special_tokens'];
  const tokens = ROLES.map((role) => file[`${role}_token`]);
  return textsOf(Array.isArray(more) ? [...tokens, ...more] : tokens);
}

/** A token is written as its text, or as an object with it. */
function textsOf(tokens: readonly unknown[]): string[] {
  const texts = tokens.map((token) => (isJsonObject(token) ? token['content'] : token));
  return texts.filter((text) => typeof text === 'string');
}

/** An id, or a list of ids of which the first is the one that training uses. */
function firstId(value: unknown): number | undefined {
  const id: unknown = Array.isArray(value) ? value[0] : value;
  return typeof id === 'number' && Number.isInteger(id) ? id : undefined;
}

function readOptional(file: string): JsonObject {
  return existsSync(file) ? readJsonObject(file) : {};
}

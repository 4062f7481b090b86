/**
 * @file Text to token ids and back, as the model's own tokenizer.json says.
 *
 * tokenizer.test.ts holds the tokens against those of the reference implementation in Rust.
 */
import { join } from 'node:path';
import { fail, fingerprintOf } from '#base';
import {
  checkHasTokenizer,
  CONFIG_FILE,
  filesOf,
  SPECIAL_TOKENS_MAP,
  TOKENIZER_CONFIG,
  TOKENIZER_FILE,
} from './folder-files.ts';
import { MAX_TOKENIZER_BYTES } from './limits.ts';
import { readJsonObject } from './read-json.ts';
import { readSpecialTokens, type SpecialTokens } from './special-tokens.ts';
import { makeEngine } from './tokenizer-engine.ts';

export interface Tokenizer {
  /** The ids of `text`, with what the tokenizer's post-processor adds (for T5, EOS at the end). */
  encode(text: string): number[];
  /** The text of `ids`; ids outside the vocabulary have none. */
  decode(ids: readonly number[], options: { skipSpecial: boolean }): string;
  /** One more than the highest id. */
  readonly vocabSize: number;
  readonly eosId: number;
  readonly padId: number;
  /** sha256 of what tokenizer.json says, whatever its formatting: equal means equal tokens. */
  readonly fingerprint: string;
  /** The files that make up the tokenizer, to copy beside an adapter. */
  readonly files: readonly string[];
}

const FILES = [TOKENIZER_FILE, TOKENIZER_CONFIG, SPECIAL_TOKENS_MAP];

/**
 * Loads the tokenizer of the model in `folder`.
 *
 * @throws PlimsollError MODEL_FILE_MISSING, MODEL_NEEDS_CONVERSION, MODEL_JSON_MALFORMED,
 *   TOKENIZER_UNSUPPORTED, TOKENIZER_NO_EOS
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const names = filesOf(folder);
  checkHasTokenizer(folder, names);
  const file = join(folder, TOKENIZER_FILE);
  const json = readJsonObject(file, MAX_TOKENIZER_BYTES);
  const special = readSpecialTokens(folder);
  const engine = await makeEngine(file, json, special);
  const idOf = ({ texts, id }: SpecialTokens['eos']): number | undefined =>
    texts.map((text) => engine.token_to_id(text)).find((known) => known !== undefined) ?? id;
  const eosId = idOf(special.eos);
  if (eosId === undefined) fail('TOKENIZER_NO_EOS', { folder });
  return {
    // A token outside a vocabulary without an unknown token has no id: the reference drops it too.
    encode: (text) => engine.encode(text).ids.filter((id) => id !== undefined),
    decode: (ids, { skipSpecial }) => {
      const known = ids.filter((id) => engine.id_to_token(id) !== undefined);
      if (known.length === 0) return '';
      return engine.decode(known, { skip_special_tokens: skipSpecial });
    },
    vocabSize: engine.model.vocab.length,
    eosId,
    // Where a model names none (GPT-2, Llama), the end-of-sequence token fills; it is masked anyway.
    padId: idOf(special.pad) ?? eosId,
    fingerprint: fingerprintOf({ ...json, ...NOT_OURS }),
    files: FILES.filter((name) => names.includes(name)).map((name) => join(folder, name)),
  };
}

/**
 * Checks that the model has a row for each token.
 *
 * @param folder - the model's, for the message
 * @throws PlimsollError TOKENIZER_MISMATCH
 */
export function checkTokenizerMatches(
  tokenizer: Pick<Tokenizer, 'vocabSize' | 'files'>,
  vocabSize: number,
  folder: string,
): void {
  const { vocabSize: tokens, files } = tokenizer;
  if (tokens <= vocabSize) return; // fewer is usual: T5 pads its 32,100 tokens to 32,128 rows
  const config = join(folder, CONFIG_FILE);
  const name = files[0] ?? join(folder, TOKENIZER_FILE);
  fail('TOKENIZER_MISMATCH', { tokenizer: name, tokens, config, vocabSize });
}

/** Python saves the settings of its last call; they do not change what we encode. */
const NOT_OURS = { truncation: undefined, padding: undefined };

/**
 * @file The library that tokenizes, @huggingface/tokenizers (pure JavaScript), where it is right.
 *
 * What version 0.2.0 does differently from the reference implementation is either corrected
 * (engine-corrections.ts) or refused (unsupported-tokenizer.ts).
 */
import { fail } from '#base';
import { correctEngine, type EngineParts } from './engine-corrections.ts';
import type { JsonObject } from './read-json.ts';
import type { SpecialTokens } from './special-tokens.ts';
import { whyUnsupported } from './unsupported-tokenizer.ts';

/** What we use of the library; its own typings do not resolve under Node's module rules. */
export interface Engine extends EngineParts {
  encode(text: string): { ids: (number | undefined)[] };
  decode(ids: number[], options: { skip_special_tokens: boolean }): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
}

interface Library {
  readonly Tokenizer: new (json: object, config: object) => Engine;
}

/**
 * The engine for `json`, the content of the tokenizer.json called `file`.
 *
 * @throws PlimsollError TOKENIZER_UNSUPPORTED
 */
export async function makeEngine(
  file: string,
  json: JsonObject,
  special: Pick<SpecialTokens, 'names' | 'cleanUpSpaces'>,
): Promise<Engine> {
  const unsupported = whyUnsupported(json);
  if (unsupported) fail('TOKENIZER_UNSUPPORTED', { file, reason: unsupported });
  // On demand: `--help` need not wait for it.
  const { Tokenizer }: Library = await import('@huggingface/tokenizers');
  try {
    const engine = new Tokenizer(
      { ...DEFAULTS, ...json },
      {
        additional_special_tokens: special.names,
        clean_up_tokenization_spaces: special.cleanUpSpaces,
      },
    );
    correctEngine(engine, json);
    return engine;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail('TOKENIZER_UNSUPPORTED', { file, reason }, { cause: error });
  }
}

/** Parts that old files leave out. */
const DEFAULTS = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };

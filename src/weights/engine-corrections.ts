/**
 * @file Where @huggingface/tokenizers 0.2.0 differs from the reference implementation, put right; and
 * where it took most of the time, or kept memory, that reading millions of examples needs.
 *
 * Each correction replaces one method of one step of a tokenizer, and may go when the library agrees
 * with the reference by itself; tokenizer.test.ts tells.
 */
import { precompiledCharsmap } from './precompiled-charsmap.ts';
import { isJsonObject, type JsonObject } from './read-json.ts';
import { createWordCache, type WordCache } from './word-cache.ts';

/** A normalizer or a pre-tokenizer, or a sequence of these. */
interface Step {
  readonly normalizers?: readonly (Step | null)[];
  readonly tokenizers?: readonly (Step | null)[];
  normalize?: (text: string) => string;
  pre_tokenize_text?: (text: string, options?: unknown) => string[];
  pre_tokenize?: (text: string | readonly string[], options?: unknown) => string[];
  /** of a byte-level step: the character that stands for each byte, and what it does before */
  readonly byte_encoder?: Readonly<Record<number, string>>;
  readonly add_prefix_space?: boolean;
  readonly use_regex?: boolean;
  readonly pattern?: RegExp;
}

interface Model {
  readonly vocab: readonly (string | undefined)[];
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly unk_token_id: number | undefined;
  fuse_unk: boolean;
  /** of BPE */
  cache?: WordCache;
  /** of Unigram */
  tokenize?: (piece: string) => string[];
  encode: (pieces: string[]) => string[];
}

export interface EngineParts {
  readonly normalizer: Step | null;
  readonly pre_tokenizer: Step | null;
  readonly model: Model;
}

/** Corrects the engine that the library made of `json`. */
export function correctEngine(engine: EngineParts, json: JsonObject): void {
  correctStep(engine.normalizer, json['normalizer']);
  correctStep(engine.pre_tokenizer, json['pre_tokenizer']);
  if (engine.model.cache) engine.model.cache = createWordCache();
  if (engine.model.tokenize) correctUnigram(engine.model, engine.model.tokenize.bind(engine.model));
}

function correctStep(step: Step | null | undefined, json: unknown): void {
  if (!step || !isJsonObject(json)) return;
  const { type, precompiled_charsmap: map, normalizers, pretokenizers } = json;
  if (type === 'Precompiled' && typeof map === 'string') step.normalize = precompiledCharsmap(map);
  if (type === 'Strip')
    step.normalize = strip(json['strip_left'] === true, json['strip_right'] === true);
  if (type === 'WhitespaceSplit') step.pre_tokenize_text = splitAtSpace;
  if (type === 'ByteLevel' && step.byte_encoder) step.pre_tokenize_text = byteLevel(step);
  if (step.pre_tokenize) step.pre_tokenize = eachPiece(step);
  const inner: unknown = normalizers ?? pretokenizers;
  if (!Array.isArray(inner)) return;
  for (const [i, part] of inner.entries()) {
    correctStep((step.normalizers ?? step.tokenizers)?.[i], part);
  }
}

/** JavaScript's `\s` and `trim` have U+FEFF and lack U+0085; the reference follows Unicode. */
function splitAtSpace(text: string): string[] {
  return text.match(/\P{White_Space}+/gu) ?? [];
}

function strip(left: boolean, right: boolean): (text: string) => string {
  return (text) => {
    const rest = left ? text.replace(/^\p{White_Space}+/u, '') : text;
    return right ? rest.replace(/(?<!\p{White_Space})\p{White_Space}+$/u, '') : rest;
  };
}

/** The same as the library's, without Array.flat, which took a third of the time. */
function eachPiece(step: Step): NonNullable<Step['pre_tokenize']> {
  return (text, options) => {
    const pieces: string[] = [];
    for (const each of typeof text === 'string' ? [text] : text)
      for (const piece of step.pre_tokenize_text?.(each, options) ?? []) pieces.push(piece);
    return pieces;
  };
}

/** The same as the library's, without an array of bytes for each word, which took another. */
function byteLevel(step: Step): (text: string) => string[] {
  const { byte_encoder: characters = {}, add_prefix_space, use_regex, pattern = / /g } = step;
  return (text) => {
    const whole = add_prefix_space && !text.startsWith(' ') ? ` ${text}` : text;
    const words = use_regex ? (whole.match(pattern) ?? []) : [whole];
    return words.map((word) => mappedBytes(word, characters));
  };
}

function mappedBytes(word: string, characters: Readonly<Record<number, string>>): string {
  let mapped = '';
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i);
    if (code > 0x7f) return Array.from(Buffer.from(word), (byte) => characters[byte]).join('');
    mapped += characters[code] ?? '';
  }
  return mapped;
}

/**
 * Unknown characters become one token per piece of text, as in the reference; the library joins them
 * across pieces, in a time that grows with the square of their number. It also passes all tokens of
 * a piece as arguments, of which the stack holds about 100,000. And it works each word out anew.
 */
function correctUnigram(model: Model, tokenize: (piece: string) => string[]): void {
  const cache = createWordCache();
  const unknown = model.unk_token_id;
  const idOf = (token: string | undefined): number | undefined =>
    token === undefined ? undefined : (model.tokens_to_ids.get(token) ?? unknown);
  model.fuse_unk = false;
  model.encode = (pieces) => pieces.flatMap((piece) => tokenizedOnce(piece));
  const tokenizedOnce = (piece: string): string[] => {
    const known = cache.get(piece);
    if (known) return known;
    const found = tokenize(piece).filter(
      (token, i, tokens) => idOf(token) !== unknown || idOf(tokens[i - 1]) !== unknown || i === 0,
    );
    cache.put(piece, found);
    return found;
  };
}

/**
 * @file Where @huggingface/tokenizers 0.2.0 differs from the reference implementation, put right.
 *
 * Each correction replaces one method of one step of a tokenizer, and may go when the library agrees
 * with the reference by itself; tokenizer.test.ts tells.
 */
import { precompiledCharsmap } from './precompiled-charsmap.ts';

/** A step of a tokenizer: a normalizer or a pre-tokenizer, or a sequence of these. */
interface Step {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly normalizers?: (Step | null)[];
  readonly tokenizers?: (Step | null)[];
  normalize?: (text: string) => string;
  pre_tokenize_text?: (text: string) => string[];
}

interface Model {
  readonly vocab: readonly (string | undefined)[];
  readonly trie?: unknown;
  tokenize?: (piece: string) => string[];
  encode?: (pieces: string[]) => string[];
}

export interface EngineParts {
  readonly normalizer: Step | null;
  readonly pre_tokenizer: Step | null;
  readonly model: Model;
}

export function correctEngine({
  normalizer,
  pre_tokenizer: preTokenizer,
  model,
}: EngineParts): void {
  correctStep(normalizer);
  correctStep(preTokenizer);
  correctUnigram(model);
}

function correctStep(step: Step | null): void {
  if (!step) return;
  for (const inner of [...(step.normalizers ?? []), ...(step.tokenizers ?? [])]) correctStep(inner);
  const { type, precompiled_charsmap: map } = step.config ?? {};
  if (type === 'Precompiled' && typeof map === 'string') step.normalize = precompiledCharsmap(map);
  if (type === 'Strip') step.normalize = strip(step.config ?? {});
  if (type === 'WhitespaceSplit') step.pre_tokenize_text = splitAtSpace;
}

/** JavaScript's `\s` and `trim` have U+FEFF and lack U+0085; the reference follows Unicode. */
function splitAtSpace(text: string): string[] {
  return text.match(/\P{White_Space}+/gu) ?? [];
}

function strip(config: Readonly<Record<string, unknown>>): (text: string) => string {
  const { strip_left: left, strip_right: right } = config;
  return (text) => {
    const rest = left === true ? text.replace(/^\p{White_Space}+/u, '') : text;
    return right === true ? rest.replace(/(?<!\p{White_Space})\p{White_Space}+$/u, '') : rest;
  };
}

/** The library passes all tokens of a piece as arguments, of which the stack holds about 100,000. */
function correctUnigram(model: Model): void {
  if (model.trie === undefined) return;
  model.encode = (pieces) => pieces.flatMap((piece) => model.tokenize?.(piece) ?? []);
}

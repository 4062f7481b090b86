/** @file Test support: two small tokenizers, made here, of the kinds that models have. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from './read-json.ts';

/**
 * A SentencePiece character map with 18 rules: white space to a space, U+200B, U+00AD and U+1F3FD to
 * nothing, composed letters, ligatures, full-width forms, a Hangul syllable. Made by SentencePiece
 * 0.2.3 from rules that we wrote.
 */
export const CHARSMAP =
  'AAQAAAAgAAAJCQAACgUAAAEAAIDMDAIADRkAAIEFAAASAACAzCQCAIgNAAAVAACAhSEAAAAAAIAFAACAhAQCAID4AwDhEAIAhYgCAKEFAAAYAACAi2EAAKANAAADAACAgDwCAIBtAAANAACAgQ0AAL9hAAChBQAACwAAgJ4FAAAQAACAgPwCAJ8wAgCP7AIArb0AAL2hAACs+AIAJwAAACYAAAApAAAAKAAAACsAAAAqAAAALQAAACwAAACgtQAALgAAADEAAACREAIAu1gCAL35AAC90AIAvCACADcAAAA2AAAAOQAAADgAAAA7AAAAOgAAAD0AAAA8AAAAPwAAAD4AAABBAAAAQAAAAEMAAABCAAAARQAAAEQAAABHAAAARgAAAEkAAABIAAAASwAAAEoAAABNAAAATAAAAE8AAABOAAAAUQAAAFAAAABTAAAAUgAAAFUAAABUAAAAVwAAAFYAAABZAAAAWAAAAFsAAABaAAAAXQAAAFwAAABfAAAAXgAAAGEAAABgAAAAYwAAAGIAAABlAAAAZAAAAGcAAABmAAAAaQAAAGgAAABrAAAAagAAAG0AAABllAIAbwAAAG4AAABxAAAAcAAAAHMAAAByAAAAdQAAAHQAAAB3AAAAdgAAAHkAAAB4AAAAewAAAHoAAAB9AAAAdeQCAH8AAAB+AAAAgQAAAIAAAACDAAAAggAAAIUAAACEAAAAhwAAAIYAAACJAAAAiAAAAIsAAACKAAAAjQAAAIwAAACPAAAAjgAAAJEAAACQAAAAkwAAAJIAAACVAAAAlAAAAJcAAACWAAAAmQAAAJgAAACbAAAAmgAAAJ0AAACcAAAAnwAAAJ4AAAChAAAAoAAAAKMAAACiAAAApQAAAKQAAACnAAAApgAAAKkAAACoAAAAqwAAAKoAAACtAAAArAAAAK8AAACuAAAAsQAAALAAAACzAAAAsgAAALUAAAC0AAAAtwAAALYAAAC5AAAAuAAAALsAAAC6AAAAvQAAALwAAAC/AAAAvgAAAMEAAADAAAAAwwAAAMIAAADFAAAAxAAAAMcAAADGAAAAyQAAAMgAAADCEAEAygAAAM0AAADMAAAAzwAAAM4AAADRAAAA0AAAANMAAADSAAAA1QAAANQAAADXAAAA1gAAANkAAADYAAAA2wAAANoAAADdAAAA3AAAAN8AAADeAAAA4QAAAOAAAADjAAAA4gAAAOUAAADkAAAA5wAAAO+4AQDpAAAA4YwBAOIoAQDj8AEA7QAAAOwAAADvAAAA7gAAAPEAAADwAAAA8wAAAPIAAAD1AAAA9AAAAPcAAAD2AAAA8BgBAPgAAAD7AAAA+gAAAP0AAAD8AAAA/wAAAP4AAAAAIAAxADHigYQyAEEAZmkAfgDDqQDDvADqsIAA';

const SAMPLE = `Turn on the light in the kitchen. It's 21 degrees; isn't that warm?
Please don't turn the heating off, they'll be cold. naïve café Überraschung Straße привет 北京 😀`;
const SPECIAL = ['<pad>', '</s>', '<unk>'];
const EXTRA = ['<extra_id_0>', '<extra_id_1>'];

/** Writes what `loadTokenizer` reads. */
export function saveTokenizer(folder: string, tokenizer: JsonObject, config?: JsonObject): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  const named = config ?? { eos_token: '</s>', pad_token: { content: '<pad>' } };
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(named));
}

/** Byte-level BPE as GPT-2's, with 120 merges learned from SAMPLE. */
export function byteLevelBpe(changes: JsonObject = {}): JsonObject {
  const words = SAMPLE.match(/ ?\p{L}+| ?[^\s\p{L}]+|\s+/gu) ?? [];
  const pieces = words.map((word) => Array.from(Buffer.from(word), byteSymbol));
  const merges: [string, string][] = [];
  while (merges.length < 120) {
    const pair = mostFrequentPair(pieces);
    if (!pair) break;
    merges.push(pair);
    for (const piece of pieces) mergePair(piece, pair);
  }
  const tokens = [
    ...SPECIAL,
    ...Array.from({ length: 256 }, (_, byte) => byteSymbol(byte)),
    ...merges.map((pair) => pair.join('')),
    ...EXTRA,
  ];
  return {
    ...common(tokens),
    normalizer: null,
    pre_tokenizer: {
      type: 'ByteLevel',
      add_prefix_space: false,
      trim_offsets: true,
      use_regex: true,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
    ...changes,
  };
}

/** Unigram as T5's: pieces of the words of SAMPLE, longer ones likelier. */
export function unigram(changes: JsonObject = {}): JsonObject {
  const pieces = new Set(['▁', ...(SAMPLE.match(/[^\s北京😀]/gu) ?? [])]);
  for (const word of SAMPLE.match(/\p{Script=Latin}+/gu) ?? []) {
    for (let end = 2; end <= word.length; end++) pieces.add(`▁${word.slice(0, end)}`);
    for (let start = 1; start < word.length - 1; start++) pieces.add(word.slice(start));
  }
  const vocab = [...SPECIAL, ...pieces, ...EXTRA].map((piece, id) => [
    piece,
    id < SPECIAL.length ? 0 : -8 + 1.7 * Math.sqrt(piece.length) - id / 1000,
  ]);
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
  return {
    ...common(vocab.map(([piece]) => String(piece))),
    normalizer: { type: 'Precompiled', precompiled_charsmap: CHARSMAP },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, metaspace] },
    decoder: metaspace,
    model: { type: 'Unigram', unk_id: 2, vocab, byte_fallback: false },
    ...changes,
  };
}

function common(tokens: readonly string[]): JsonObject {
  const added = tokens.flatMap((content, id) =>
    SPECIAL.includes(content) || EXTRA.includes(content)
      ? [{ id, content, ...PLAIN, special: true }]
      : [],
  );
  const a = { Sequence: { id: 'A', type_id: 0 } };
  const end = { SpecialToken: { id: '</s>', type_id: 0 } };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    post_processor: {
      type: 'TemplateProcessing',
      single: [a, end],
      pair: [a, end, { Sequence: { id: 'B', type_id: 0 } }, end],
      special_tokens: { '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] } },
    },
  };
}

const PLAIN = { single_word: false, lstrip: false, rstrip: false, normalized: false };

/** The printable character that byte-level BPE writes for a byte. */
function byteSymbol(byte: number): string {
  return String.fromCodePoint(PRINTABLE.includes(byte) ? byte : 256 + HIDDEN.indexOf(byte));
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte);
const PRINTABLE = BYTES.filter((b) => (b > 32 && b < 127) || (b > 160 && b !== 173));
const HIDDEN = BYTES.filter((b) => !PRINTABLE.includes(b));

function mostFrequentPair(pieces: readonly (readonly string[])[]): [string, string] | undefined {
  const counts = new Map<string, number>();
  for (const piece of pieces) {
    for (const [i, left] of piece.slice(0, -1).entries()) {
      const pair = `${left} ${piece[i + 1]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
  }
  const [best] = [...counts].toSorted((a, b) => b[1] - a[1]);
  const [left, right] = best?.[0].split(' ') ?? [];
  return left === undefined || right === undefined ? undefined : [left, right];
}

function mergePair(piece: string[], [left, right]: readonly [string, string]): void {
  for (let i = 0; i + 1 < piece.length; i++) {
    if (piece[i] === left && piece[i + 1] === right) piece.splice(i, 2, left + right);
  }
}

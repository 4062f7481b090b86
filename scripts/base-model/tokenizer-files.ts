/** @file The three files of a tokenizer in Hugging Face's format, from the merges of pieces.ts. */
import { WORD_PATTERN, type Piece } from './pieces.ts';

export const SPECIALS = ['<pad>', '</s>', '<unk>'] as const;

export interface TokenizerFiles {
  readonly 'tokenizer.json': object;
  readonly 'tokenizer_config.json': object;
  readonly 'special_tokens_map.json': object;
}

/**
 * Ids: the specials, the 256 bytes, the merges, and at the end the sentinels, <extra_id_0> last,
 * as T5 has them.
 */
export function tokenizerFiles(
  merges: readonly (readonly [Piece, Piece])[],
  sentinelCount: number,
): TokenizerFiles {
  const letters = byteLetters();
  const written = (piece: Piece): string =>
    piece
      .split('')
      .map((byte) => letters[byte.charCodeAt(0)] ?? '')
      .join('');
  const bytes = letters.toSorted((a, b) => (a < b ? -1 : 1));
  const sentinels = Array.from(
    { length: sentinelCount },
    (_, at) => `<extra_id_${sentinelCount - 1 - at}>`,
  );
  const tokens = [
    ...SPECIALS,
    ...bytes,
    ...merges.map(([left, right]) => written(left + right)),
    ...sentinels,
  ];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  if (Object.keys(vocab).length !== tokens.length)
    throw new Error('internal: two merges make one token');
  const added = [...SPECIALS, ...sentinels].map((content) => ({
    id: vocab[content] ?? 0,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const names = { eos_token: '</s>', pad_token: '<pad>', unk_token: '<unk>' };
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: WORD_PATTERN }, behavior: 'Isolated', invert: false },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
        ],
      },
      post_processor: {
        type: 'TemplateProcessing',
        single: [
          { Sequence: { id: 'A', type_id: 0 } },
          { SpecialToken: { id: '</s>', type_id: 0 } },
        ],
        pair: [
          { Sequence: { id: 'A', type_id: 0 } },
          { SpecialToken: { id: '</s>', type_id: 0 } },
          { Sequence: { id: 'B', type_id: 0 } },
          { SpecialToken: { id: '</s>', type_id: 0 } },
        ],
        special_tokens: { '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] } },
      },
      decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab,
        merges: merges.map((pair) => pair.map(written)),
      },
    },
    'tokenizer_config.json': {
      tokenizer_class: 'PreTrainedTokenizerFast',
      ...names,
      extra_ids: sentinelCount,
      additional_special_tokens: sentinels.toReversed(),
      clean_up_tokenization_spaces: false,
      model_max_length: 512,
    },
    'special_tokens_map.json': { ...names, additional_special_tokens: sentinels.toReversed() },
  };
}

/** GPT-2's letters for bytes: a printable byte is itself, the others follow from U+0100 on. */
function byteLetters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(printable ? byte : next++);
  });
}

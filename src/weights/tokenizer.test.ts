/** @file Our tokens are those of the reference implementation (Rust), for any text we could think of. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { array, assert, asyncProperty, constantFrom, nat, oneof, string } from 'fast-check';
import { Tokenizer as Reference } from 'tokenizers';
import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject } from './read-json.ts';
import { checkTokenizerMatches, loadTokenizer } from './tokenizer.ts';
import { byteLevelBpe, saveTokenizer, unigram } from './tokenizers.test-support.ts';

const root = mkdtempSync(join(tmpdir(), 'plimsoll-tokenizer-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const SKIP = { skipSpecial: true };

const LLAMA_SPLIT = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const charsmap = unigram()['normalizer'];
const metaspace = unigram()['decoder'];
const bytes = byteLevelBpe()['decoder'];

const KINDS: Readonly<Record<string, JsonObject>> = {
  'byte-level BPE, as GPT-2': byteLevelBpe(),
  'byte-level BPE with a space in front': byteLevelBpe({
    pre_tokenizer: {
      type: 'ByteLevel',
      add_prefix_space: true,
      trim_offsets: true,
      use_regex: true,
    },
  }),
  'byte-level BPE split by a pattern, as Llama 3': byteLevelBpe({
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: LLAMA_SPLIT }, behavior: 'Isolated', invert: false },
        { ...Object(bytes), add_prefix_space: false, use_regex: false },
      ],
    },
  }),
  'Unigram, as T5': unigram(),
  'Unigram, as newer conversions of T5': unigram({
    normalizer: {
      type: 'Sequence',
      normalizers: [
        charsmap,
        { type: 'Strip', strip_left: false, strip_right: true },
        { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' },
      ],
    },
    pre_tokenizer: metaspace,
  }),
  'Unigram without a normalizer': unigram({ normalizer: null }),
};

// Texts are put together from these, separated by '|' here.
const PIECES = [
  'T|u|r|n| |on|,|!|"|Isn|\'t|IT|21.5|°C|naïve|café|Straße|ПРИВЕТ|北京|한각|ๆกำ|½|²|Ⅷ|٣|ﬁ|Ａ|～|▁|▁▁',
  'ǅ|ſ|İ|\u0344|\u061c|\0|\u007f|\ud800|😀|👍🏽|👨‍👩‍👧|🇩🇪|\u200d|\u200b|\ufe0f|e\u0301|\u0308|\u00ad',
  "  |\n|\r\n|\t|\u00a0|\u0085|\u2028|\u3000|\ufeff|\u1680|</s>|<pad>|<extra_id_0>|'LL|'s| the| light|Ġ",
].flatMap((line) => line.split('|'));
const texts = array(
  oneof({ weight: 5, arbitrary: constantFrom(...PIECES) }, string({ unit: 'binary' })),
  {
    maxLength: 12,
  },
).map((parts) => parts.join(''));

describe.each(Object.entries(KINDS))('%s', (_kind, json) => {
  const folder = saved(json);
  const reference = Reference.fromFile(join(folder, 'tokenizer.json'));

  test('every text has the tokens of the reference, and they the same text', async () => {
    const tokenizer = await loadTokenizer(folder);
    const seen = { ids: 0 };
    const same = asyncProperty(texts, async (text) => {
      const ids = tokenizer.encode(text);
      seen.ids += ids.length;
      expect(ids).toEqual((await reference.encode(text)).getIds());
      for (const skipSpecial of [true, false]) {
        const decoded = await reference.decode(ids, skipSpecial);
        expect(tokenizer.decode(ids, { skipSpecial })).toBe(decoded);
      }
    });
    await assert(same, { numRuns: 400 });
    expect(seen.ids).toBeGreaterThan(400);
  });

  test('any ids have the text of the reference, those outside the vocabulary none', async () => {
    const tokenizer = await loadTokenizer(folder);
    const ids = array(nat({ max: tokenizer.vocabSize + 20 }), { maxLength: 8 });
    const same = asyncProperty(ids, async (some) => {
      expect(tokenizer.decode(some, SKIP)).toBe(await reference.decode(some, true));
    });
    await assert(same, { numRuns: 200 });
  });

  test('the vocabulary has its size', async () => {
    expect((await loadTokenizer(folder)).vocabSize).toBe(reference.getVocabSize(true));
  });
});

test.each(['x', '北', ' light', '\u0301'])(
  'a text of 150,000 characters, all %j, takes no harm',
  async (part) => {
    for (const json of [byteLevelBpe(), unigram(), unigram({ pre_tokenizer: metaspace })]) {
      const folder = saved(json);
      const text = part.repeat(150_000 / part.length);
      const reference = Reference.fromFile(join(folder, 'tokenizer.json'));
      const expected = (await reference.encode(text)).getIds();
      const ids = (await loadTokenizer(folder)).encode(text);
      expect(ids.length).toBe(expected.length);
      expect(ids.every((id, i) => id === expected[i])).toBe(true);
    }
  },
);

describe('special tokens', () => {
  test('are taken from tokenizer_config.json, as texts or objects', async () => {
    const tokenizer = await loadTokenizer(saved(unigram()));
    expect(tokenizer).toMatchObject({ eosId: 1, padId: 0 });
  });

  test('are taken from special_tokens_map.json, then from the ids of config.json', async () => {
    const folder = saved(unigram(), {});
    writeFileSync(join(folder, 'config.json'), '{"eos_token_id": [7, 8], "pad_token_id": 9}');
    expect(await loadTokenizer(folder)).toMatchObject({ eosId: 7, padId: 9 });
    writeFileSync(join(folder, 'special_tokens_map.json'), '{"eos_token": {"content": "</s>"}}');
    expect(await loadTokenizer(folder)).toMatchObject({ eosId: 1, padId: 9 });
  });

  test('without one for padding, the end-of-sequence token fills', async () => {
    const folder = saved(byteLevelBpe(), { eos_token: '<extra_id_1>' });
    const { eosId, padId, vocabSize } = await loadTokenizer(folder);
    expect([eosId, padId]).toEqual([vocabSize - 1, vocabSize - 1]);
  });

  test('without an end-of-sequence token there is one clear error', async () => {
    const folder = saved(unigram(), { eos_token: '<no such token>' });
    await expect(loadTokenizer(folder)).rejects.toThrow(
      `${folder}: expected an end-of-sequence token`,
    );
  });
});

test('spaces are cleaned up in decoded text only if the model says so', async () => {
  const json = byteLevelBpe();
  const text = "It 's warm , is n't it ?";
  const plain = await loadTokenizer(saved(json));
  expect(plain.decode(plain.encode(text), SKIP)).toBe(text);
  const config = { eos_token: '</s>', clean_up_tokenization_spaces: true };
  const cleaning = await loadTokenizer(saved(json, config));
  expect(cleaning.decode(cleaning.encode(text), SKIP)).toBe("It's warm, isn't it?");
});

test('the fingerprint depends on what the tokenizer does, not on how its file is written', async () => {
  const json = unigram();
  const folder = saved(json);
  const { fingerprint } = await loadTokenizer(folder);
  const text = JSON.stringify(Object.fromEntries(Object.entries(json).toReversed()), null, 2);
  writeFileSync(
    join(folder, 'tokenizer.json'),
    text.replace('"truncation": null', '"truncation": 5'),
  );
  expect((await loadTokenizer(folder)).fingerprint).toBe(fingerprint);
  expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect((await loadTokenizer(saved(unigram({ normalizer: null })))).fingerprint).not.toBe(
    fingerprint,
  );
});

test('the files to copy are those that are there', async () => {
  const folder = saved(unigram());
  const { files } = await loadTokenizer(folder);
  expect(files).toEqual([join(folder, 'tokenizer.json'), join(folder, 'tokenizer_config.json')]);
});

const wordOnly = { id: 2, content: 'whole', single_word: true, special: false };
test.each<[string, JsonObject, string]>([
  [
    'WordPiece',
    byteLevelBpe({ model: { type: 'WordPiece', vocab: {} } }),
    'its model is WordPiece',
  ],
  ['no model', byteLevelBpe({ model: null }), "it has no 'model'"],
  ['a model of no kind', byteLevelBpe({ model: { vocab: {} } }), 'its model is of an unknown kind'],
  ['dropout', withModel(byteLevelBpe(), { dropout: 0.1 }), 'dropout'],
  ['a prefix', withModel(byteLevelBpe(), { continuing_subword_prefix: '##' }), 'by a prefix'],
  ['byte fallback', withModel(unigram(), { byte_fallback: true }), 'byte_fallback'],
  ['whole-word tokens', unigram({ added_tokens: [wordOnly] }), 'single_word'],
  ['no added tokens', unigram({ added_tokens: undefined }), "no list 'added_tokens'"],
  ['an unknown step', unigram({ decoder: { type: 'Riddle' } }), 'Unknown Decoder type: Riddle'],
  [
    'a damaged map',
    unigram({ normalizer: { ...Object(charsmap), precompiled_charsmap: '////' } }),
    'precompiled_charsmap of 3 bytes',
  ],
  [
    'a merging split',
    byteLevelBpe({
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [{ type: 'Split', pattern: { String: 'x' }, behavior: 'MergedWithNext' }],
      },
    }),
    'behaviour "MergedWithNext"',
  ],
])('%s is refused, since tokens would be wrong', async (_case, json, reason) => {
  const folder = saved(json);
  await expect(loadTokenizer(folder)).rejects.toThrow(
    new RegExp(`${folder}/tokenizer.json: this kind of tokenizer cannot be used: .*${reason}`),
  );
});

test('a folder with spiece.model only says how to convert it', async () => {
  const folder = mkdtempSync(join(root, 'spiece-'));
  writeFileSync(join(folder, 'spiece.model'), 'x');
  await expect(loadTokenizer(folder)).rejects.toThrow(
    /expected tokenizer\.json, found only spiece\.model.*AutoTokenizer.*save_pretrained/,
  );
});

test('a damaged tokenizer.json is named with its line', async () => {
  const folder = saved(unigram());
  const file = join(folder, 'tokenizer.json');
  writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100));
  await expect(loadTokenizer(folder)).rejects.toThrow(
    /tokenizer\.json: expected .* at line 1, column/,
  );
});

test('a tokenizer with more tokens than the model has rows does not match', async () => {
  const tokenizer = await loadTokenizer(saved(unigram()));
  const { vocabSize } = tokenizer;
  expect(() => checkTokenizerMatches(tokenizer, vocabSize - 1, '/model')).toThrow(
    `tokenizer.json has ${vocabSize} tokens, but the model has only ${vocabSize - 1} rows`,
  );
  expect(() => checkTokenizerMatches(tokenizer, vocabSize, '/model')).not.toThrow();
});

function saved(json: JsonObject, config?: JsonObject): string {
  const folder = join(root, `tokenizer-${folders++}`);
  saveTokenizer(folder, json, config);
  return folder;
}

function withModel(json: JsonObject, changes: JsonObject): JsonObject {
  return { ...json, model: { ...Object(json['model']), ...changes } };
}

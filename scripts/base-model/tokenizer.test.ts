/** @file The committed tokenizer: the same ids in JavaScript and in the official binding, nothing lost. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import { assert, asyncProperty, string } from 'fast-check';
import { Tokenizer as OfficialTokenizer } from 'tokenizers';
import { describe, expect, test } from 'vitest';
import { learnMerges } from './pieces.ts';

const folder = fileURLToPath(new URL('../../assets/base-model/', import.meta.url));
const json = readFileSync(`${folder}tokenizer.json`, 'utf8');
const tokenizer = new Tokenizer(
  parsed(json),
  parsed(readFileSync(`${folder}tokenizer_config.json`, 'utf8')),
);
const official = OfficialTokenizer.fromString(json);

const TEXTS = [
  'turn on the lights in the kitchen',
  'PowerOn; place=Living Room; type=light',
  'set it to 21.5° at 18:30, please!',
  "Anna's lamp isn't  on\n\tand\r\n  won't be ",
  'El Mejor Pop en Español – Größe, ½ cup, ⅔, 東京タワー, Привет, 👩‍👩‍👧, \u00a0nbsp\u0085nel\ufeffbom',
  'fill <extra_id_0> the <extra_id_1>',
  '  ',
  '',
];

describe('the tokenizer of the base model', () => {
  test('has its ids where T5 has them', () => {
    expect(official.getVocabSize()).toBe(4096);
    expect(
      ['<pad>', '</s>', '<unk>', '<extra_id_0>', '<extra_id_31>'].map((token) =>
        official.tokenToId(token),
      ),
    ).toEqual([0, 1, 2, 4095, 4064]);
    expect(tokenizer.encode('a').ids.at(-1)).toBe(1);
  });

  test('agrees with the official binding', async () => {
    expect.hasAssertions();
    for (const text of TEXTS) await agrees(text);
  });

  test('agrees and returns the text, for any text', async () => {
    expect.hasAssertions();
    await assert(asyncProperty(string({ unit: 'grapheme', maxLength: 40 }), agrees), {
      numRuns: 300,
    });
    await assert(asyncProperty(string({ unit: 'binary', maxLength: 40 }), agrees), {
      numRuns: 300,
    });
  });
});

test('merges go by frequency, then by bytes', () => {
  const counts = new Map([
    ['abab', 3],
    ['cd', 3],
    ['bc', 3],
    ['é', 1],
  ]);
  expect(learnMerges(counts, 3)).toEqual([
    ['a', 'b'],
    ['ab', 'ab'],
    ['b', 'c'],
  ]);
});

function parsed(text: string): object {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? value : {};
}

const SPECIAL = /<(pad|unk|\/s|extra_id_\d+)>/;

/** Both libraries give the same ids, and the ids give the text. */
async function agrees(text: string): Promise<void> {
  const { ids } = tokenizer.encode(text);
  expect(ids).toEqual((await official.encode(text)).getIds());
  expect(tokenizer.decode(ids, { skip_special_tokens: false })).toBe(`${text}</s>`);
  const plain = text.split(SPECIAL).length === 1;
  expect(plain ? tokenizer.decode(ids, { skip_special_tokens: true }) : text).toBe(text);
}

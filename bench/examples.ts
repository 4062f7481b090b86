/** @file Training data whose examples have exactly so many tokens, made for one tokenizer. */
import { writeFileSync } from 'node:fs';
import type { Tokenizer } from '#weights';

export interface Lengths {
  readonly source: number;
  readonly target: number;
}

/** Writes `count` examples as JSONL. Lengths count the end-of-sequence token, as training does. */
export function writeExamples(
  file: string,
  tokenizer: Pick<Tokenizer, 'encode'>,
  lengths: Lengths,
  count: number,
): void {
  const lines = Array.from({ length: Math.min(count, DISTINCT) }, (_, i) =>
    JSON.stringify({
      prompt: textOf(tokenizer, lengths.source, 2 * i),
      completion: textOf(tokenizer, lengths.target, 2 * i + 1),
    }),
  );
  const rows = Array.from({ length: count }, (_, i) => lines[i % lines.length]);
  writeFileSync(file, `${rows.join('\n')}\n`);
}

/** The work does not depend on the words, so a few examples stand for all. */
const DISTINCT = 4;

function textOf(tokenizer: Pick<Tokenizer, 'encode'>, length: number, seed: number): string {
  const fits = (text: string): boolean => tokenizer.encode(text).length <= length;
  let text = '';
  for (let i = 0; ; i++) {
    const word = WORDS[(i * STRIDE + seed) % WORDS.length] ?? '';
    const longer = text === '' ? word : `${text} ${word}`;
    if (!fits(longer)) break;
    text = longer;
  }
  // What is left is shorter than a word: a letter behind a space makes at most a few tokens.
  for (const filler of [' a', ' I', '.', 'a', '!', '?']) {
    while (fits(text + filler)) text += filler;
  }
  const got = tokenizer.encode(text).length;
  if (got === length) return text;
  throw new Error(`internal: expected a text of ${length} tokens, the nearest found has ${got}`);
}

/** Shares no factor with the number of words, so that all come up. */
const STRIDE = 7;

const WORDS = (
  'turn on the kitchen light when we come home and leave it low until all of us are in bed ' +
  'then check that each window door blind and heater is set for the night before six'
).split(' ');

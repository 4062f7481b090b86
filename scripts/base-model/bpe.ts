/**
 * @file Trains the base model's tokenizer on the corpus:
 *   npx tsx scripts/base-model/bpe.ts --text build/corpus/train.jsonl --out assets/base-model \
 *     [--size 4096] [--sentinels 32]
 * Writes tokenizer.json, tokenizer_config.json and special_tokens_map.json. Same text, same bytes.
 */
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { parsePair } from './pairs.ts';
import { learnMerges, WORD_PATTERN } from './pieces.ts';
import { SPECIALS, tokenizerFiles } from './tokenizer-files.ts';

const { values } = parseArgs({
  options: {
    text: { type: 'string' },
    out: { type: 'string' },
    size: { type: 'string', default: '4096' },
    sentinels: { type: 'string', default: '32' },
  },
});
if (values.text === undefined || values.out === undefined) {
  throw new Error(
    'expected --text FILE.jsonl and --out FOLDER: name the corpus and where to write',
  );
}

const sentinels = Number(values.sentinels);
const merges = learnMerges(
  await countWords(values.text),
  Number(values.size) - SPECIALS.length - 256 - sentinels,
);
mkdirSync(values.out, { recursive: true });
for (const [name, content] of Object.entries(tokenizerFiles(merges, sentinels))) {
  writeFileSync(join(values.out, name), `${JSON.stringify(content)}\n`);
}
console.log(`${values.out}: ${SPECIALS.length + 256 + merges.length + sentinels} tokens`);

/** How often each word stands in the prompts and completions; sentinels are no text. */
async function countWords(file: string): Promise<Map<string, number>> {
  const pattern = new RegExp(WORD_PATTERN, 'gu');
  const counts = new Map<string, number>();
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Infinity,
  })) {
    if (line === '') continue;
    const pair = parsePair(line);
    for (const text of [pair.prompt, pair.completion]) {
      for (const part of text.split(/<extra_id_\d+>/)) {
        for (const [word] of part.matchAll(pattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
      }
    }
  }
  return counts;
}

/**
 * @file Checks that a corpus holds no sentence of given data; exits with 1 and shows them if so:
 *   npx tsx scripts/base-model/overlap.ts --corpus build/corpus/train.jsonl \
 *     --against assets/examples/household.db [--against FILE.jsonl ...]
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { holdsForbidden, readForbidden } from './forbidden.ts';
import { parsePair } from './pairs.ts';

const SHOWN = 20;

const { values } = parseArgs({
  options: {
    corpus: { type: 'string', multiple: true, default: [] },
    against: { type: 'string', multiple: true, default: [] },
  },
});
if (values.corpus.length === 0 || values.against.length === 0) {
  throw new Error(
    'expected --corpus FILE.jsonl and --against FILE: name what to check and against what',
  );
}

const forbidden = readForbidden(values.against);
let pairs = 0;
const found: string[] = [];
for (const file of values.corpus) {
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Infinity,
  })) {
    if (line === '') continue;
    pairs += 1;
    if (holdsForbidden(forbidden, parsePair(line))) found.push(line);
  }
}
for (const line of found.slice(0, SHOWN)) console.log(line);
console.log(`${pairs} pairs against ${forbidden.size} sentences: ${found.length} shared`);
process.exitCode = found.length === 0 ? 0 : 1;

/**
 * @file Writes the text that the embedded base model learns from:
 *   npx tsx scripts/base-model/corpus.ts --out build/corpus --real ../shared/data/snips/train.jsonl \
 *     --exclude assets/examples/household.db [--exclude FILE ...] [--count 360000] [--seed 1]
 * Makes OUT/train.jsonl and OUT/valid.jsonl ({"prompt", "completion"} a line). Same options, same bytes.
 */
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readPairs, type Pair } from './pairs.ts';
import { readForbidden } from './forbidden.ts';
import { mixture } from './mix.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    real: { type: 'string', multiple: true, default: [] },
    exclude: { type: 'string', multiple: true, default: [] },
    count: { type: 'string', default: '360000' },
    valid: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    'real-share': { type: 'string', default: '0.16' },
  },
});
if (values.out === undefined)
  throw new Error('expected --out FOLDER, got no such option: name a folder to write to');

const valid = Number(values.valid);
const count = Number(values.count);
mkdirSync(values.out, { recursive: true });
const pairs = mixture({
  seed: Number(values.seed),
  count: count + valid,
  real: values.real.flatMap(readPairs),
  realShare: Number(values['real-share']),
  forbidden: readForbidden(values.exclude),
});
await write(join(values.out, 'valid.jsonl'), pairs, valid);
await write(join(values.out, 'train.jsonl'), pairs, count);

/** Takes so many pairs from the stream, one line each. */
async function write(file: string, source: Iterator<Pair>, lines: number): Promise<void> {
  const stream = createWriteStream(file);
  for (let line = 0; line < lines; line += 1) {
    const next = source.next();
    if (next.done === true) break;
    const { prompt, completion } = next.value;
    if (!stream.write(`${JSON.stringify({ prompt, completion })}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
  console.log(`${file}: ${lines} pairs`);
}

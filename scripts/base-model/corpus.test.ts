/** @file The corpus: the same seed gives the same text, prompts differ, no sentence of later data. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pairOf } from './dialects.ts';
import { holdsForbidden, normalised, readForbidden } from './forbidden.ts';
import { mixture } from './mix.ts';
import { readPairs, type Pair } from './pairs.ts';
import { seededRandom } from './random.ts';
import { spokenRequest } from './requests.ts';
import { spanPair } from './spans.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shared = process.env['PLIMSOLL_DATA'] ?? join(root, '../shared/data');
const LATER_DATA = [
  join(root, 'assets/examples/household.db'),
  ...['train', 'valid', 'test'].map((split) => join(shared, `home-intents/${split}.jsonl`)),
].filter((file) => existsSync(file));

const forbidden = readForbidden(LATER_DATA);

function slice(count: number, against: ReadonlySet<string> = forbidden): Pair[] {
  return [...mixture({ seed: 1, count, real: [], realShare: 0, forbidden: against })];
}

describe('the corpus', () => {
  const pairs = slice(10_000);

  test('is the same for the same seed, and another for another', () => {
    expect(slice(300)).toEqual(pairs.slice(0, 300));
    expect([...mixture({ seed: 2, count: 5, real: [], realShare: 0, forbidden })]).not.toEqual(
      pairs.slice(0, 5),
    );
  });

  test('has no prompt twice, nothing empty, no traces of templates', () => {
    expect(new Set(pairs.map(({ prompt }) => prompt)).size).toBe(pairs.length);
    const odd = pairs.filter(({ prompt, completion }) =>
      [prompt, completion].some(
        (text) => text === '' || text !== text.trim() || /\s\s|undefined|[{}[\]]/.test(text),
      ),
    );
    expect(odd).toEqual([]);
  });

  test(`shares no sentence with ${LATER_DATA.length} files of later data`, () => {
    expect(pairs.filter((pair) => holdsForbidden(forbidden, pair))).toEqual([]);
  });

  test('writes no slot and no intent of the home-intents data', () => {
    const files = LATER_DATA.filter((file) => file.endsWith('.jsonl'));
    const answers = files.flatMap(readPairs).map(({ completion }) => completion.split('; '));
    const intents = new Set(
      answers.flatMap(([intent = '']) => [intent, intent.replace(/^Hass/, '')]),
    );
    const keys = new Set(
      answers.flatMap(([, ...rows]) => rows.map((row) => row.split('=')[0] ?? '')),
    );
    const shown = pairs
      .filter(({ prompt }) => !prompt.includes('<extra_id_'))
      .flatMap(({ completion }) => {
        const [intent = '', ...rows] = completion.split('; ');
        return [
          ...(intents.has(intent) ? [intent] : []),
          ...rows.map((row) => row.split('=')[0] ?? '').filter((key) => keys.has(key)),
        ];
      });
    expect([...new Set(shown)]).toEqual([]);
  });
});

test('real pairs come as they are, each once a round', () => {
  const real = Array.from({ length: 5 }, (_, at) => ({
    prompt: `real ${at}`,
    completion: `R; n=${at}`,
  }));
  const mixed = [...mixture({ seed: 3, count: 10, real, realShare: 1, forbidden: new Set() })];
  expect(new Set(mixed.slice(0, 5))).toEqual(new Set(real));
  expect(mixed).toHaveLength(10);
});

test('slots of every schema are in alphabetical order', () => {
  const random = seededRandom(5);
  for (let at = 0; at < 3000; at += 1) {
    const rows = pairOf(random, spokenRequest(random)).completion.split('; ').slice(1);
    expect(rows).toEqual(rows.toSorted());
  }
});

test('span filling takes words out and gives them back', () => {
  const random = seededRandom(1);
  const text = 'turn the lamp in the attic to forty percent';
  for (let at = 0; at < 50; at += 1) {
    const pair = spanPair(random, text);
    expect(pair?.prompt).toContain('<extra_id_0>');
    expect(holdsForbidden(new Set([text]), pair ?? { prompt: '', completion: '' })).toBe(true);
  }
  expect(spanPair(random, 'too short')).toBeUndefined();
});

describe('the overlap check', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-overlap-'));
    const database = new Database(join(folder, 'household.db'));
    database.exec('CREATE TABLE ask_ai_queries (original_query TEXT, suggestions TEXT)');
    const insert = database.prepare('INSERT INTO ask_ai_queries VALUES (?, ?)');
    insert.run(
      'Warm the Attic at dawn!',
      JSON.stringify([{ description: 'At dawn, heat the attic.', confidence: 1 }]),
    );
    insert.run('broken row', '[{');
    insert.run(null, null);
    database.close();
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('reads a household and sees through prefixes, case and stops', () => {
    const sentences = readForbidden([join(folder, 'household.db')]);
    expect(sentences).toEqual(
      new Set(['warm the attic at dawn', 'at dawn heat the attic', 'broken row']),
    );
    expect(
      holdsForbidden(sentences, { prompt: 'dogger: warm the attic, at dawn', completion: 'X' }),
    ).toBe(true);
    expect(
      holdsForbidden(sentences, { prompt: 'warm the attic at dawn today', completion: 'X' }),
    ).toBe(false);
    expect(normalised(' Set it to 50%, NOW! ')).toBe('set it to 50% now');
  });

  test('names a file that is not there', () => {
    expect(() => readForbidden([join(folder, 'none.jsonl')])).toThrow(/found no .*none\.jsonl/);
  });

  test('as a command: exit 0 without overlap, 1 with it', () => {
    const corpus = join(folder, 'corpus.jsonl');
    const check = (): string =>
      execFileSync(
        process.execPath,
        [
          '--import',
          'tsx',
          join(root, 'scripts/base-model/overlap.ts'),
          '--corpus',
          corpus,
          '--against',
          join(folder, 'household.db'),
        ],
        { cwd: root, encoding: 'utf8' },
      );
    writeFileSync(corpus, '{"prompt":"cool the attic","completion":"X"}\n');
    expect(check()).toContain('1 pairs against 3 sentences: 0 shared');
    writeFileSync(
      corpus,
      `${readFileSync(corpus, 'utf8')}{"prompt":"warm the attic at dawn","completion":"X"}\n`,
    );
    expect(check).toThrow(/Command failed/);
  });
});

/** @file The bundled history: the same again, one right answer a request, and read as a real one would be. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openExamples, type Example, type ExampleCounts } from '#data';
import { historyRows, USABLE_ROWS } from './history.ts';
import { ROOMS } from './household.ts';
import { ACTIONS, allMeanings, CONDITIONS, described, TRIGGERS } from './meanings.ts';
import { requestsFor } from './requests.ts';
import { writeHistory } from './write-history.ts';

const BUNDLED = fileURLToPath(new URL('../../assets/examples/household.db', import.meta.url));
const BUNDLED_SEED = 7;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-household-'));
afterAll(() => rmSync(folder, { recursive: true }));

const examples: Example[] = [];
let counts: ExampleCounts;
beforeAll(async () => {
  const reader = openExamples(BUNDLED, { limit: 2000 });
  for await (const example of reader) examples.push(example);
  counts = reader.counts;
});

test('the bundled database is what the script makes, row for row', () => {
  const open = new Database(BUNDLED, { readonly: true });
  const rows = open.prepare('SELECT * FROM ask_ai_queries ORDER BY created_at').all();
  open.close();
  expect(rows).toEqual(historyRows(BUNDLED_SEED));
});

test('making it again gives the same bytes; another seed another history', () => {
  const [one, two] = [join(folder, 'one.db'), join(folder, 'two.db')];
  writeHistory(one, historyRows(BUNDLED_SEED));
  writeHistory(two, historyRows(BUNDLED_SEED));
  expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
  expect(historyRows(8)).not.toEqual(historyRows(BUNDLED_SEED));
});

test('it is under 1 MB, its usable rows all give examples, its others are counted', () => {
  expect(statSync(BUNDLED).size).toBeLessThan(1_000_000);
  expect(examples).toHaveLength(USABLE_ROWS);
  expect(counts).toMatchInlineSnapshot(`
    {
      "read": 670,
      "skipped": {
        "empty source": 1,
        "no description": 3,
        "no numeric confidence": 6,
        "no suggestions": 3,
        "suggestions are not JSON": 9,
        "suggestions are not a list": 8,
      },
    }
  `);
});

test('no two requests are the same, also without case and punctuation', () => {
  const plain = examples.map(({ source }) => source.toLowerCase().replaceAll(/[^a-z0-9 ]/g, ''));
  expect(new Set(plain).size).toBe(USABLE_ROWS);
});

test('requests have 5 to 20 words, suggestions 8 to 25, and each names a room of the house', () => {
  const rooms = new RegExp(`\\b(${ROOMS.map(({ name }) => name).join('|')})\\b`);
  expect(examples.filter(({ source }) => words(source) < 5 || words(source) > 20)).toEqual([]);
  expect(examples.filter(({ target }) => words(target) < 8 || words(target) > 25)).toEqual([]);
  expect(
    examples.filter(({ source, target }) => !rooms.test(source) || !rooms.test(target)),
  ).toEqual([]);
});

test('a request has one right answer: no words of the grammar can mean two things', () => {
  const answers = new Map<string, string>();
  const torn: string[] = [];
  for (const meaning of allMeanings(ROOMS))
    for (const request of requestsFor(meaning)) {
      const known = answers.get(request) ?? described(meaning);
      if (known !== described(meaning)) torn.push(request);
      answers.set(request, known);
    }
  expect(torn).toEqual([]);
  expect(examples.filter(({ source, target }) => answers.get(source) !== target)).toEqual([]);

  // Beyond whole requests: no phrase stands within another one of its kind.
  for (const table of [TRIGGERS, ACTIONS, CONDITIONS]) {
    const phrases = Object.values(table)
      .flatMap(({ said }): readonly string[] => said)
      .filter((phrase) => phrase !== '');
    const within = phrases.filter((one) =>
      phrases.some((other) => other !== one && other.includes(one)),
    );
    expect(within).toEqual([]);
    expect(new Set(phrases).size).toBe(phrases.length);
  }
});

test('most answers are asked for in several ways, so that unseen wordings have a known answer', () => {
  const times = new Map<string, number>();
  for (const { target } of examples) times.set(target, (times.get(target) ?? 0) + 1);
  const shared = examples.filter(({ target }) => (times.get(target) ?? 0) > 1);
  expect(shared.length / examples.length).toBeGreaterThan(0.8);
});

function words(text: string): number {
  return text.split(' ').length;
}

/** @file The default query on a history with everything wrong in it, queries of one's own, bad databases. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, test } from 'vitest';
import { PlimsollError } from '#base';
import type { Example, ExampleOptions, ExampleReader } from './example.ts';
import { openExamples } from './open-examples.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-sqlite-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HISTORY = `CREATE TABLE ask_ai_queries (query_id TEXT PRIMARY KEY, original_query TEXT,
  suggestions JSON, created_at DATETIME)`;
const suggestion = (description: unknown, confidence: unknown): object => ({
  description,
  confidence,
});

test('the default query gives the best suggestion of each request, newest first', async () => {
  const file = history([
    ['old', [suggestion('first', 0.9), suggestion('second', 0.9), suggestion('third', 0.1)]],
    [' new ', [suggestion('low', -1), { confidence: 'high' }, 'text', suggestion(' best ', 2)]],
  ]);
  expect(await collect(openExamples(file))).toEqual([
    { source: 'new', target: 'best' },
    { source: 'old', target: 'first' },
  ]);
});

test('rows of no use are skipped and counted by reason', async () => {
  const good = [suggestion('yes', 1)];
  const reader = openExamples(
    history([
      ['null suggestions are not even read', null],
      ['', good],
      ['  ', good],
      [null, good],
      ['cut off', '[{"description": "a", "confi'],
      ['blank', ''],
      ['an object', { description: 'a', confidence: 1 }],
      ['json null', 'null'],
      ['an empty list', []],
      ['words only', ['a', 'b']],
      ['confidence as text', [suggestion('a', '0.9')]],
      ['no confidence', [{ description: 'a' }]],
      ['best without description', [suggestion('a', 0.5), { confidence: 0.9 }]],
      ['blank description', [suggestion(' ', 1)]],
      ['description is a number', [suggestion(5, 1)]],
      ['fine', good],
    ]),
  );
  expect(await collect(reader)).toEqual([{ source: 'fine', target: 'yes' }]);
  expect(reader.counts).toEqual({
    read: 15,
    skipped: {
      'empty source': 3,
      'suggestions are not JSON': 2,
      'suggestions are not a list': 2,
      'no suggestions': 1,
      'no numeric confidence': 3,
      'no description': 3,
    },
  });
});

test('the limit is bound to LIMIT ?, and counts rows that are skipped too', async () => {
  const rows = Array.from({ length: 30 }, (_, i): Row => [
    `q${i}`,
    i % 2 ? '[]' : [suggestion('a', 1)],
  ]);
  const reader = openExamples(history(rows), { limit: 10 });
  expect((await collect(reader)).map(({ source }) => source)).toEqual([
    'q28',
    'q26',
    'q24',
    'q22',
    'q20',
  ]);
  expect(reader.counts).toEqual({ read: 10, skipped: { 'no suggestions': 5 } });
});

test('LIMIT ? stands wherever the query puts it; without a limit it is none', async () => {
  const rows = Array.from({ length: 5 }, (): Row => ['a', []]);
  const file = history(rows);
  const query =
    "SELECT 'rows' AS source, count(*) AS target FROM (SELECT 1 FROM ask_ai_queries LIMIT ?)";
  expect(await collect(openExamples(file, { query, limit: 3 }))).toEqual([
    { source: 'rows', target: '3' },
  ]);
  expect(await collect(openExamples(file, { query }))).toEqual([{ source: 'rows', target: '5' }]);
});

test('queries of one’s own: by suggestions, by known names, by the first two columns of text', async () => {
  const file = history([
    ['one', [suggestion('a', 1)]],
    ['two', [suggestion('b', 1)]],
  ]);
  const of = async (query: string, limit?: number): Promise<string[]> => {
    const found = await collect(
      openExamples(file, limit === undefined ? { query } : { query, limit }),
    );
    return found.map(({ source, target }) => `${source}>${target}`);
  };
  expect(await of('SELECT suggestions, original_query FROM ask_ai_queries')).toEqual([
    'one>a',
    'two>b',
  ]);
  expect(
    await of("SELECT 'x' AS target, original_query AS source, 'y' FROM ask_ai_queries LIMIT ?", 1),
  ).toEqual(['one>x']);
  expect(await of('SELECT original_query AS text, rowid AS label FROM ask_ai_queries')).toEqual([
    'one>1',
    'two>2',
  ]);
  expect(await of('SELECT rowid, original_query, query_id FROM ask_ai_queries', 1)).toEqual([
    'one>id0',
  ]);
  expect(
    await of("SELECT 1, upper(original_query), original_query || '!' FROM ask_ai_queries"),
  ).toEqual(['ONE>one!', 'TWO>two!']);
  expect(await of("WITH q AS (SELECT 'a' AS input, 'b' AS output) SELECT * FROM q")).toEqual([
    'a>b',
  ]);
});

test('NULL and blobs in a query of one’s own are counted, not trained on', async () => {
  const file = database(
    "CREATE TABLE t (a TEXT, b TEXT); INSERT INTO t VALUES ('x', NULL), (x'00', 'y'), ('x', ' '), ('x', 'y')",
  );
  const reader = openExamples(file, { query: 'SELECT a, b FROM t' });
  expect(await collect(reader)).toEqual([{ source: 'x', target: 'y' }]);
  expect(reader.counts).toEqual({ read: 4, skipped: { 'empty target': 2, 'empty source': 1 } });
});

test.each([
  ['DELETE FROM ask_ai_queries', 'it is not a SELECT'],
  [
    "INSERT INTO ask_ai_queries (query_id) VALUES ('x') RETURNING query_id, query_id",
    'it is not a SELECT',
  ],
  ['SELECT 1; SELECT 2', 'more than one statement'],
  ['', 'contains no statements'],
  ['SELECT a, b FROM nowhere LIMIT ?', 'no such table: nowhere'],
  ['SELECT colour FROM ask_ai_queries', 'no such column: colour'],
  ['SELECT ?, ?', 'Too few parameter values'],
  ['SELEC', 'syntax error'],
])('%s', async (query, reason) => {
  const file = history([['kept', [suggestion('a', 1)]]]);
  const error = await problem(file, { query });
  expect(error.code).toBe('DATA_QUERY_FAILED');
  expect(error.message).toContain(reason);
  expect(error.message).toContain(file);
  expect(error.message).toContain('Its tables: ask_ai_queries.');
  expect(await collect(openExamples(file))).toHaveLength(1);
});

test('too few columns of text are listed as they are', async () => {
  const file = history([['a', [suggestion('a', 1)]]]);
  const error = await problem(file, {
    query: 'SELECT rowid, original_query, 1 + 1 AS n FROM ask_ai_queries',
  });
  expect(error.code).toBe('DATA_COLUMNS_UNKNOWN');
  expect(error.message).toContain('found rowid (INTEGER), original_query (TEXT), n.');
});

test('databases that have no such table, no usable row, or are damaged', async () => {
  const other = await problem(
    database('CREATE TABLE messages (a TEXT); CREATE VIEW news AS SELECT 1'),
  );
  expect(other.code).toBe('DATA_QUERY_FAILED');
  expect(other.message).toContain('no such table: ask_ai_queries. Its tables: messages, news.');
  expect((await problem(database('PRAGMA user_version = 1'))).message).toContain(
    'Its tables: none.',
  );
  const useless = await problem(history([['a', []]]));
  expect(useless.message).toContain('got none from 1 records (skipped: no suggestions: 1)');
  const file = history(
    Array.from({ length: 200 }, (): Row => ['a', [suggestion('b'.repeat(200), 1)]]),
  );
  writeFileSync(file, readFileSync(file).subarray(0, 9000));
  const damaged = await problem(file);
  expect([damaged.code, damaged.message]).toEqual([
    'DATA_FILE_UNREADABLE',
    expect.stringContaining('the database is damaged'),
  ]);
});

test('a service that writes meanwhile disturbs nothing: one pass sees one state', async () => {
  const file = history([]);
  const service = new Database(file);
  service.pragma('journal_mode = WAL');
  const insert = service.prepare('INSERT INTO ask_ai_queries VALUES (?, ?, ?, ?)');
  const json = JSON.stringify([suggestion('a', 1)]);
  for (let i = 0; i < 5; i++) insert.run(`id${i}`, `q${i}`, json, i);
  const seen: Example[] = [];
  for await (const example of openExamples(file, {
    query: 'SELECT original_query, suggestions FROM ask_ai_queries ORDER BY rowid',
  })) {
    if (seen.length < 5) insert.run(`more${seen.length}`, 'late', json, 100);
    seen.push(example);
  }
  expect(seen.map(({ source }) => source)).toEqual(['q0', 'q1', 'q2', 'q3', 'q4']);
  service.close();
});

type Row = readonly [query: string | null, suggestions: unknown];

/** A history in a fresh file; later rows are newer. A string is stored as it is, the rest as JSON. */
function history(rows: readonly Row[]): string {
  const file = database(HISTORY);
  const open = new Database(file);
  const insert = open.prepare('INSERT INTO ask_ai_queries VALUES (?, ?, ?, ?)');
  for (const [i, [query, value]] of rows.entries()) {
    const json = value === null || typeof value === 'string' ? value : JSON.stringify(value);
    insert.run(`id${i}`, query, json, `2025-01-01 00:00:${String(i).padStart(2, '0')}`);
  }
  open.close();
  return file;
}

let made = 0;
function database(sql: string): string {
  const file = join(folder, `${made++}.db`);
  const open = new Database(file);
  open.exec(sql);
  open.close();
  return file;
}

async function collect(reader: ExampleReader): Promise<Example[]> {
  const list: Example[] = [];
  for await (const example of reader) list.push(example);
  return list;
}

async function problem(file: string, options?: ExampleOptions): Promise<PlimsollError> {
  try {
    await collect(openExamples(file, options));
  } catch (error) {
    if (error instanceof PlimsollError) return error;
    throw error;
  }
  throw new Error('no error was raised');
}

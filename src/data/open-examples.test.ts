/** @file JSONL in all its shapes, several files, counts, limits, and one clear line for each bad file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlimsollError } from '#base';
import { afterAll, expect, test } from 'vitest';
import type { Example, ExampleOptions } from './example.ts';
import { openExamples } from './open-examples.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('each shape of a JSONL line gives its pair', async () => {
  const lines = [
    { prompt: 'a', completion: 'b' },
    { instruction: 'a', response: 'b' },
    { instruction: 'a', input: 'more', output: 'b' },
    { instruction: 'a', input: '', response: 'b' },
    { instruction: 'a', input: null, response: 'b' },
    { source: 'a', target: 'b', id: 7, prompt: 'only half of a pair' },
  ];
  expect(await all('shapes.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'))).toEqual([
    { source: 'a', target: 'b' },
    { source: 'a', target: 'b' },
    { source: 'a\nmore', target: 'b' },
    { source: 'a', target: 'b' },
    { source: 'a', target: 'b' },
    { source: 'a', target: 'b' },
  ]);
});

test('a conversation becomes its last answer and all that stood before it', async () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Light ' },
        { type: 'text', text: 'on' },
      ],
    },
    { role: 'assistant', content: 'Which one?' },
    { role: 'user', content: 'The lamp' },
    { role: 'assistant', content: 'Done.' },
    { role: 'user', content: 'Thanks' },
  ];
  expect(await all('chat.ndjson', JSON.stringify({ messages }))).toEqual([
    { source: 'Be brief.\nLight on\nWhich one?\nThe lamp', target: 'Done.' },
  ]);
});

test('byte order mark, CRLF, blank lines and a last line without a break are all fine', async () => {
  const text =
    '\ufeff\r\n{"prompt":"a","completion":"b"}\r\n\n   \n{"prompt":"ç","completion":"d"}';
  expect(await all('loose.jsonl', text)).toEqual([
    { source: 'a', target: 'b' },
    { source: 'ç', target: 'd' },
  ]);
});

test('a file without a telling name is JSONL if it begins like it', async () => {
  expect(await all('history', '\ufeff {"prompt":"a","completion":"b"}\n')).toHaveLength(1);
});

test('the limit holds for all files together, and every pass counts anew', async () => {
  const one = file('one.jsonl', pairs(3));
  const two = file('two.csv', 'prompt,completion\nx,y\nx,z\n');
  const reader = openExamples([one, two], { limit: 4 });
  expect(reader.files.map(({ kind }) => kind)).toEqual(['jsonl', 'csv']);
  for (let pass = 0; pass < 2; pass++) {
    expect(await collect(reader)).toHaveLength(4);
    expect(reader.counts).toEqual({ read: 4, skipped: {} });
  }
  expect(await collect(openExamples([one, two], { limit: 3 }))).toHaveLength(3);
  expect(await collect(openExamples([one, two]))).toHaveLength(5);
});

test('a pass that ends early closes the file and keeps its counts', async () => {
  const reader = openExamples(file('early.jsonl', pairs(1000)));
  for await (const example of reader) if (example.source === 'source 9') break;
  expect(reader.counts.read).toBe(10);
});

const bad: readonly (readonly [string, string])[] = [
  ['{"prompt":"a","completion":"b"}\n{"prompt":', 'line 2: expected one JSON object on the line'],
  ['["a","b"]', 'line 1: expected a JSON object; found a list of 2'],
  ['"a"', "expected a JSON object; found the text 'a'"],
  ['{"prompt":"a"}', "found the keys 'prompt'"],
  ['{}', 'found an object without keys'],
  ['{"prompt":"a","completion":5}', "expected text in 'completion'; found a number (5)"],
  ['{"prompt":null,"completion":"b"}', "expected text in 'prompt'; found null"],
  ['{"instruction":"a","input":{},"output":"b"}', "expected text in 'input'; found an object"],
  ['{"prompt":" ","completion":"b"}', 'expected text for the source; found none'],
  ['{"prompt":"a","completion":""}', 'expected text for the target; found none'],
  ['{"messages":"hi"}', "expected a list in 'messages'; found the text 'hi'"],
  ['{"messages":[]}', "role 'assistant' in 'messages'; found an empty list"],
  ['{"messages":[{"role":"user","content":"a"}]}', 'found the roles user'],
  ['{"messages":[{"role":"assistant","content":"a"}]}', 'expected text for the source'],
  [
    '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null}]}',
    "text content in turn 2 of 'messages'; found the content null",
  ],
];

test.each(bad)('%s', async (text, message) => {
  const error = await problem('bad.jsonl', text);
  expect(error.code).toBe('DATA_LINE_MALFORMED');
  expect(error.message).toContain(join(folder, 'bad.jsonl'));
  expect(error.message).toContain(message);
  expect(error.message).toContain('Nothing was trained');
});

test('foreign text is shown short and with nothing invisible in it', async () => {
  const { message } = await problem('odd.jsonl', `x\u0000\u001b[31m\u202e${'y'.repeat(500)}`);
  expect(message).toContain(
    `found 'x\\u0000\\u001b[31m\\u202e${'y'.repeat(72)}...' (508 characters)`,
  );
});

test('files that hold no examples, or none of ours', async () => {
  expect((await problem('empty.jsonl', '')).code).toBe('DATA_EMPTY');
  expect((await problem('blank.jsonl', '\n \r\n')).message).toContain('got none from 0 records');
  expect((await problem('head.csv', 'prompt,completion\n')).code).toBe('DATA_EMPTY');
  expect((await problem('notes.txt', 'hello')).code).toBe('DATA_KIND_UNKNOWN');
  expect((await problem('fake.db', 'hello')).message).toContain('it is not a SQLite database');
  const query = await problem('pairs.jsonl', pairs(1), { query: 'SELECT 1' });
  expect([query.code, query.exitCode]).toEqual(['DATA_QUERY_MISPLACED', 2]);
});

test('paths that cannot be read', () => {
  mkdirSync(join(folder, 'sub'));
  expect(openingMessage(join(folder, 'none.jsonl'))).toContain('there is no such file');
  expect(openingMessage(join(folder, 'sub'))).toContain('it is not a regular file');
  expect(openingMessage(join(file('x.jsonl', '{}'), 'y'))).toContain(
    'a part of its path is not a folder',
  );
  expect(openingMessage('/dev/null')).toContain('it is not a regular file');
});

test('a file that goes away between opening and reading', async () => {
  const path = file('gone.jsonl', pairs(1));
  const reader = openExamples(path);
  rmSync(path);
  await expect(collect(reader)).rejects.toThrow('there is no such file');
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function pairs(count: number): string {
  return Array.from(
    { length: count },
    (_, i) => `{"prompt": "source ${i}", "completion": "target ${i}"}\n`,
  ).join('');
}

async function collect(examples: AsyncIterable<Example>): Promise<Example[]> {
  const list: Example[] = [];
  for await (const example of examples) list.push(example);
  return list;
}

async function all(name: string, content: string, options?: ExampleOptions): Promise<Example[]> {
  return collect(openExamples(file(name, content), options));
}

async function problem(
  name: string,
  content: string,
  options?: ExampleOptions,
): Promise<PlimsollError> {
  try {
    await all(name, content, options);
  } catch (error) {
    if (error instanceof PlimsollError) return error;
    throw error;
  }
  throw new Error('no error was raised');
}

function openingMessage(path: string): string {
  try {
    openExamples(path);
  } catch (error) {
    if (error instanceof PlimsollError) return error.message;
    throw error;
  }
  throw new Error('no error was raised');
}

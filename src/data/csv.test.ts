/** @file CSV as spreadsheets and scripts really write it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Example } from './example.ts';
import { openExamples } from './open-examples.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['prompt,completion\na,b\n'],
  ['\ufeffPrompt , COMPLETION\r\na,b\r\n'],
  ['"prompt","completion"\n"a","b"'],
  ['id,label,text\n7,b,a\n'],
  ['instruction;response\na;b\n'],
  ['source\ttarget\na\tb\n'],
  ['\n\nquestion,answer\n\na,b\n\n'],
  ['input,output\na,b\n,\n  \n'],
])('%j', async (content) => {
  expect(await examples(content)).toEqual([{ source: 'a', target: 'b' }]);
});

test('quoted cells keep delimiters, doubled quotes and line breaks', async () => {
  const content = 'prompt,completion\r\n"a, ""b""\r\n\r\nc","d;\te"\r\nf,g\r\n';
  expect(await examples(content)).toEqual([
    { source: 'a, "b"\n\nc', target: 'd;\te' },
    { source: 'f', target: 'g' },
  ]);
});

test('an input column joins its instruction', async () => {
  expect(await examples('instruction,input,output\nadd,1 2,3\nsay hi,,hi\n')).toEqual([
    { source: 'add\n1 2', target: '3' },
    { source: 'say hi', target: 'hi' },
  ]);
});

test.each([
  [
    'a,b\n1,2\n',
    'line 1: expected a header with one of the pairs prompt/completion',
    "found 'a, b'",
  ],
  ['\n\nx\ny\n', 'line 3: expected a header', "found 'x'"],
  ['prompt,completion\na,b\n\nc\n', 'line 4: expected 2 cells, as the header has', "found 1: 'c'"],
  ['prompt,completion\na,b,c\n', 'line 2: expected 2 cells', "found 3: 'a | b | c'"],
  ['prompt,completion\n"a\nb",c\nd,\n', 'line 4: expected text for the target', 'found none'],
  [
    '\nprompt,completion\na,b\n"c,d\ne,f\n',
    'line 4: expected cells',
    'a quote (") that never closes',
  ],
  ['prompt,completion\n"a"b,c\n', 'line 2: expected cells', 'text between a closing quote'],
  ['prompt,completion\na "b" c,d\n', 'line 2: expected cells', 'inside a cell that does not begin'],
])('%j', async (content, expected, found) => {
  await expect(examples(content)).rejects.toThrow(expected);
  await expect(examples(content)).rejects.toThrow(found);
});

test('what stands before a bad record is given, and behind the limit nothing is looked at', async () => {
  const content = 'prompt,completion\na,b\nc,d\n"e"f,g\n';
  expect(await examples(content, 2)).toHaveLength(2);
  await expect(examples(content)).rejects.toThrow('line 4: expected cells');
});

test('a record names the line that it begins on', async () => {
  const content = 'prompt,completion\n"a\n\nb",c\n"d\ne"\n';
  await expect(examples(content)).rejects.toThrow(
    "line 5: expected 2 cells, as the header has; found 1: 'd\\u000ae'",
  );
});

test('bytes that are not UTF-8 stop the reading like everywhere', async () => {
  const latin = Buffer.from('prompt,completion\ncafé,b\n', 'latin1');
  await expect(examples(latin)).rejects.toThrow('line 2: expected text in UTF-8; found byte 0xE9');
});

test('a quote left open does not take in more than a record may hold', async () => {
  const content = `prompt,completion\n"a,b\n${`${'x'.repeat(2 ** 20)},y\n`.repeat(20)}`;
  await expect(examples(content)).rejects.toThrow('line 2: expected cells');
});

test('reading stops at the limit, and with it the file', async () => {
  const content = `prompt,completion\n${'a,b\n'.repeat(100_000)}`;
  expect(await examples(content, 3)).toHaveLength(3);
});

async function examples(content: string | Buffer, limit?: number): Promise<Example[]> {
  const file = join(folder, 'data.csv');
  writeFileSync(file, content);
  const list: Example[] = [];
  for await (const example of openExamples(file, limit === undefined ? {} : { limit }))
    list.push(example);
  return list;
}

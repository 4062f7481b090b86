import { expect, test } from 'vitest';
import { endingOf, plainName } from './uploads.ts';

test.each([
  ['data.jsonl', 'data.jsonl'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\data\\a.jsonl', 'a.jsonl'],
  ['a\r\nX-Injected: yes', 'aX-Injected: yes'],
  ['\u202Etxt.exe', 'txt.exe'],
  ['Größe №1.jsonl', 'Größe №1.jsonl'],
  ['', 'upload.jsonl'],
  ['..', 'upload.jsonl'],
  ['a/', 'upload.jsonl'],
  ['\0', 'upload.jsonl'],
  ['x'.repeat(1000), 'x'.repeat(255)],
])('%j is shown as %j', (name, plain) => {
  expect(plainName(name)).toBe(plain);
});

test.each([
  ['history.DB', '.db'],
  ['a.sqlite3', '.sqlite3'],
  ['a.b.csv', '.csv'],
  ['a.jsonl', ''],
  ['a.csv.zip', ''],
])('%s is kept with the ending %j', (name, ending) => {
  expect(endingOf(name)).toBe(ending);
});

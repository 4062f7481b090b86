import { expect, test } from 'vitest';
import { plainName } from './uploads.ts';

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

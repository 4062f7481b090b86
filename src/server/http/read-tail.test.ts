/** @file A log with characters of one to four bytes, read in parts from every offset, also while it is written. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readPart, readTail } from './read-tail.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LINES = ['step 1/3 – größer', '水位 12 MiB 🚢', '', 'Fertig: 100 %', '█████▌ 91 %'];
const TEXT = `${LINES.join('\n')}\n`;
const BYTES = Buffer.from(TEXT);
const file = join(folder, 'output.log');

test('read on and on, in parts of any size, it is all there and nothing is in two pieces', () => {
  writeFileSync(file, BYTES);
  for (let size = 1; size < BYTES.length + 2; size++) {
    let [read, next] = ['', 0];
    while (next < BYTES.length) {
      const part = readPart(file, next, size);
      expect(part.text).toBe(BYTES.subarray(next, part.next).toString());
      expect(part.next).toBeGreaterThan(next);
      [read, next] = [read + part.text, part.next];
    }
    expect(read).toBe(TEXT);
  }
});

test('from any byte, and of any size at its end, it has no broken character', () => {
  writeFileSync(file, BYTES);
  for (let at = 0; at <= BYTES.length; at++) {
    const rest = readPart(file, at, BYTES.length);
    expect(TEXT.endsWith(rest.text)).toBe(true);
    expect(rest.next).toBe(BYTES.length);
    const tail = readTail(file, at);
    expect(TEXT.endsWith(tail.text)).toBe(true);
    expect(tail.next).toBe(BYTES.length);
  }
});

test('a character of which a part is written comes when all of it is', () => {
  for (const name of ['part', 'tail'] as const) {
    writeFileSync(file, '');
    let [read, next] = ['', 0];
    for (const byte of BYTES) {
      appendFileSync(file, Uint8Array.of(byte));
      const part = name === 'tail' && next === 0 ? readTail(file, 100) : readPart(file, next, 100);
      [read, next] = [read + part.text, part.next];
    }
    expect(read).toBe(TEXT);
  }
});

test('what is no UTF-8 is passed on, and counted by its bytes', () => {
  const binary = Uint8Array.of(0x41, 0xff, 0xfe, 0x0a, 0x80, 0x0a, 0x42, 0x0a);
  writeFileSync(file, binary);
  const first = readPart(file, 0, 6);
  expect(first).toEqual({ text: 'A\ufffd\ufffd\n\ufffd\n', next: 6 });
  expect(readPart(file, first.next, 6)).toEqual({ text: 'B\n', next: 8 });
});

test('of a line without an end that is longer than was asked for a part comes', () => {
  writeFileSync(file, '水'.repeat(50));
  expect(readPart(file, 0, 10)).toEqual({ text: '水水水', next: 9 });
  expect(readTail(file, 10)).toEqual({ text: '水水水', next: 150 });
  expect(readPart(join(folder, 'none'), 5, 10)).toEqual({ text: '', next: 0 });
  expect(readPart(file, 500, 10)).toEqual({ text: '', next: 150 });
});

/** @file Lines across block borders, bytes that are not UTF-8, lines without an end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { linesOf, MAX_LINE_BYTES } from './text-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-lines-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('any text comes back line by line, whatever the blocks cut through', async () => {
  // Lengths around the 64 KiB that a stream reads at a time, with characters of 1 to 4 bytes.
  const long = fc
    .tuple(fc.constantFrom('x', 'é', '€', '🏠'), fc.integer({ min: 0, max: 70_000 }))
    .map(([character, count]) => character.repeat(count));
  const short = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n\ufeff]/g, ''));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(long, short)),
      fc.constantFrom('\n', '\r\n'),
      async (lines, end) => {
        const read = await collect(lines.map((line) => line + end).join(''));
        expect(read.map(({ text }) => text)).toEqual(lines);
        expect(read.map(({ number }) => number)).toEqual(lines.map((_, i) => i + 1));
      },
    ),
    { numRuns: 40 },
  );
});

test('only the first line loses a byte order mark, and a carriage return only at the end', async () => {
  expect((await collect('\ufeffa\rb\n\ufeffc')).map(({ text }) => text)).toEqual([
    'a\rb',
    '\ufeffc',
  ]);
  expect(await collect('\ufeff')).toEqual([{ number: 1, text: '' }]);
});

test('bytes that are not UTF-8 are named with their place', async () => {
  const good = Buffer.from('fine\nça \ufffd va ');
  await expect(collect(Buffer.concat([good, Buffer.from([0xe9, 0x0a])]))).rejects.toThrow(
    'line 2: expected text in UTF-8; found byte 0xE9 at column 12',
  );
  // The first two bytes of a three-byte character.
  await expect(collect(Buffer.from('x€').subarray(0, 3))).rejects.toThrow('byte 0xE2 at column 2');
  await expect(collect(Buffer.from('\ufeffa\n', 'utf16le'))).rejects.toThrow(
    'byte order mark of UTF-16',
  );
});

test('a line over the limit is refused, one of just that length is not', async () => {
  const longest = Buffer.alloc(MAX_LINE_BYTES, 'x');
  expect((await collect(longest))[0]?.text).toHaveLength(MAX_LINE_BYTES);
  await expect(
    collect(Buffer.concat([Buffer.from('a\n'), longest, Buffer.from('x')])),
  ).rejects.toThrow(`line 2: expected lines of at most ${MAX_LINE_BYTES} bytes`);
});

async function collect(content: string | Buffer): Promise<{ number: number; text: string }[]> {
  const file = join(folder, 'lines.txt');
  writeFileSync(file, content);
  const lines: { number: number; text: string }[] = [];
  for await (const line of linesOf(file)) lines.push(line);
  return lines;
}

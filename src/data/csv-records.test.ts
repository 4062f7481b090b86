/** @file CSV records against csv-parse, on any mixture of quotes, separators and line breaks. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { CsvProblem, recordsOf } from './csv-records.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-records-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PIECES = ['a', 'bc', ' ', ',', ';', '"', '""', '","', '\n', '\r\n', '"\n', 'é', '🏠'];

test.each([',', ';'])(
  'with %j between the cells: the same cells, or both refuse',
  async (separator) => {
    let refused = 0;
    let taken = 0;
    const piece = fc.constantFrom(...PIECES);
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 25 }), async (pieces) => {
        const content = pieces.join('');
        const ours = await records(content, separator);
        expect(ours).toEqual(theirs(content, separator));
        if (ours === undefined) refused++;
        else if (ours.length > 0) taken++;
      }),
      { numRuns: 800 },
    );
    expect(Math.min(refused, taken)).toBeGreaterThan(100);
  },
);

test('whatever cells are quoted by the rules come back', async () => {
  const cell = fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .map((text) => text.replaceAll('\r', ''));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 })), async (rows) => {
      const quoted = rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join());
      const expected = rows.filter((row) => row.some((text) => text.trim() !== ''));
      expect(await records(quoted.join('\n'), ',')).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test('a record knows the line that it begins on', async () => {
  const lines: number[] = [];
  writeFileSync(join(folder, 'lines.csv'), '\na,b\n\n"c\n\nd",e\n,\nf,"g\n"');
  for await (const { line } of recordsOf(join(folder, 'lines.csv'), () => ',')) lines.push(line);
  expect(lines).toEqual([2, 4, 8]);
});

/** undefined: refused. */
async function records(content: string, separator: string): Promise<string[][] | undefined> {
  const file = join(folder, 'data.csv');
  writeFileSync(file, content);
  const list: string[][] = [];
  try {
    for await (const { cells } of recordsOf(file, () => separator)) list.push([...cells]);
  } catch (error) {
    if (error instanceof CsvProblem) return undefined;
    throw error;
  }
  return list;
}

function theirs(content: string, separator: string): string[][] | undefined {
  try {
    // Both kinds of line break are one for us, also inside cells.
    const parsed = parse(content.replaceAll('\r\n', '\n'), {
      delimiter: separator,
      record_delimiter: '\n',
      relax_column_count: true,
      skip_empty_lines: true,
    });
    return parsed.filter((cells) => cells.some((cell) => cell.trim() !== ''));
  } catch {
    return undefined;
  }
}

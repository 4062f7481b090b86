/** @file Bytes are written and read with units of 1024. */
import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { formatBytes, parseBytes, sizeText } from './bytes.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [512 * 1024 ** 2, '512 MiB'],
  [539_566_080, '515 MiB'],
  [12.34 * 1024 ** 2, '12.3 MiB'],
  [1024 ** 3 - 1, '1 GiB'],
  [1.25 * 1024 ** 3, '1.25 GiB'],
  [-2048, '-2 KiB'],
  [5000 * 1024 ** 5, '5000 PiB'],
])('%d is written %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  ['0', 0],
  ['536870912', 536_870_912],
  ['512m', 512 * 1024 ** 2],
  ['512MB', 512 * 1024 ** 2],
  ['512 MiB', 512 * 1024 ** 2],
  ['512Mi', 512 * 1024 ** 2],
  [' 1.5g ', 1.5 * 1024 ** 3],
  ['.5K', 512],
  ['7b', 7],
])("'%s' is read as %d", (text, bytes) => expect(parseBytes(text)).toBe(bytes));

test.each(['', 'many', '12q', '-1', '1e9', '5 i', '3ib', '1..5g', '9999999p', 'NaN', '0x10'])(
  "'%s' is refused",
  (text) => expect(() => parseBytes(text)).toThrow(`got '${text}'`),
);

test('what is written can be read back, to the three digits that it shows', () => {
  assert(
    property(integer({ min: 0, max: 2 ** 50 }), (bytes) => {
      const back = parseBytes(formatBytes(bytes));
      expect(Math.abs(back - bytes)).toBeLessThanOrEqual(bytes * 0.0051);
    }),
  );
});

test.each([
  [768 * 1024 ** 2, '768M'],
  [2 * 1024 ** 3, '2G'],
  [768 * 1024 ** 2 + 1, '769M'],
])('%d is set as %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));

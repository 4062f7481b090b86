/** @file Texts of characters of one to four bytes, cut at every byte. */
import { expect, test } from 'vitest';
import { wholeCharacters } from './whole-characters.ts';

const TEXTS = ['plain', 'Müller', '€uro €', '水位线', '🚢 a 🌊', 'e\u0301', '\u{10ffff}x', ''];

test.each(TEXTS)('%j in parts of any size has every character, and each once', (text) => {
  const bytes = Buffer.from(text);
  for (let size = 4; size <= bytes.length + 4; size++) {
    let [read, from] = ['', 0];
    while (from < bytes.length) {
      const span = wholeCharacters(bytes, { from, to: Math.min(from + size, bytes.length) });
      expect(span.to).toBeGreaterThan(from); // or it would never end
      read += bytes.subarray(span.from, span.to).toString();
      from = span.to;
    }
    expect(read).toBe(text);
  }
});

test.each(TEXTS)('%j from any byte to any other has no broken character', (text) => {
  const bytes = Buffer.from(text);
  for (let from = 0; from <= bytes.length; from++)
    for (let to = from; to <= bytes.length; to++) {
      const span = wholeCharacters(bytes, { from, to });
      const part = bytes.subarray(span.from, span.to).toString();
      expect(part).not.toContain('\ufffd');
      expect(text).toContain(part);
      expect(span.from - from).toBeLessThan(4);
      expect(to - span.to).toBeLessThan(4);
    }
});

test.each([
  ['further bytes of nothing', [0x80, 0x80, 0x80, 0x80, 0x80], { from: 3, to: 5 }],
  ['a first byte that nothing follows', [0xc3, 0x0a, 0x41], { from: 1, to: 3 }],
  ['no first byte that there is', [0xff, 0x41, 0xff], { from: 1, to: 3 }],
])('what is no UTF-8 is left as it is: %s', (_what, bytes, span) => {
  expect(wholeCharacters(Uint8Array.from(bytes), span)).toEqual(span);
});

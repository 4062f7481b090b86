import { expect, test } from 'vitest';
import { settledText } from './settled-text.ts';

test.each([
  ['turn it off', [], 'turn it off'],
  ['turn it of', [], 'turn it'],
  ['turn it ', [], 'turn it'],
  ["do n't", [], "do n't"],
  ["do n'", [], 'do'],
  ['caf\uFFFD', [], 'caf'],
  ['the end', ['end.'], 'the '],
  ['the e', ['x', 'end.'], 'the'],
  ['aaab', ['aabc'], 'a'],
  ['', ['end'], ''],
])('%j with stops %j: %j is settled', (text, stops, settled) => {
  expect(settledText(text, stops, false)).toEqual({ text: settled, stopped: false });
});

test('the first of all stop texts ends it, whole or not', () => {
  for (const whole of [true, false]) {
    const settled = settledText('one, two; three', [';', ', '], whole);
    expect(settled).toEqual({ text: 'one', stopped: true });
  }
});

test('of the whole nothing is held back', () => {
  expect(settledText('the e', ['end'], true)).toEqual({ text: 'the e', stopped: false });
  expect(settledText('caf\uFFFD ', [], true)).toEqual({ text: 'caf\uFFFD ', stopped: false });
});

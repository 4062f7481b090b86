/** @file Colours of a terminal become classes, and what is no text is left out. */
import { expect, test } from 'vitest';
import { linesOf } from './ansi.ts';

const E = '\u001b';

test('colours go on until they are ended, over lines too', () => {
  expect(linesOf(`a ${E}[31mred\nstill${E}[0m not ${E}[1;92mgreen`)).toEqual([
    {
      text: 'a red',
      pieces: [
        { text: 'a ', style: '' },
        { text: 'red', style: 'ansi-red' },
      ],
    },
    {
      text: 'still not green',
      pieces: [
        { text: 'still', style: 'ansi-red' },
        { text: ' not ', style: '' },
        { text: 'green', style: 'ansi-green ansi-bold' },
      ],
    },
  ]);
});

test('a line that was written over is as it was last', () => {
  expect(linesOf('10%\r50%\r100%\r\nnext')).toMatchObject([{ text: '100%' }, { text: 'next' }]);
});

test('the cursor may be sent about: no text comes of it', () => {
  expect(linesOf(`${E}[2K${E}[1Gx${E}[?25ly${E}M`)[0]?.text).toBe('xy');
});

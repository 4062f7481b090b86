import { expect, test } from 'vitest';
import { screenOf } from './terminal-screen.ts';

const textOf = (written: string, columns = 80): string[] =>
  screenOf(written, columns).map((spans) => {
    let line = '';
    for (const { column, text } of spans) line = line.padEnd(column) + text;
    return line;
  });

/** As log-update draws a line over the one before. */
const frame = (text: string): string => `\x1b[?2026h\x1b[2K\x1b[1A\x1b[2K\x1b[G${text}\r\n`;

test('a line that is drawn again and again is seen once', () => {
  const written = `plan\r\nstep 1 of 20\r\n${frame('step 2')}\x1b[?2026l${frame('done')}`;
  expect(textOf(written)).toEqual(['plan', 'done']);
});

test('a spinner that is wiped out leaves nothing', () => {
  expect(textOf('⠙\x1b[1G\x1b[0K⠹\x1b[1G\x1b[0Krun\r\n')).toEqual(['run']);
});

test('a long line goes on in the next row, and one that just fits does not', () => {
  expect(textOf('abcdefg\r\nabcdef\r\nx', 6)).toEqual(['abcdef', 'g', 'abcdef', 'x']);
});

test('styles part a line into spans', () => {
  const dim = { bold: false, dim: true, colour: null };
  const plain = { bold: false, dim: false, colour: null };
  const green = { bold: true, dim: false, colour: 'green' };
  expect(screenOf('\x1b[2mrun\x1b[22m in \x1b[1;32myes\x1b[0m', 80)).toEqual([
    [
      { column: 0, text: 'run', style: dim },
      { column: 3, text: ' in ', style: plain },
      { column: 7, text: 'yes', style: green },
    ],
  ]);
});

test('what is not known is an error, not a stain in the picture', () => {
  expect(() => screenOf('\x1b[3;4H', 80)).toThrow('[3;4H');
  expect(() => screenOf('\x1b[35m', 80)).toThrow('[35m');
  expect(() => screenOf('\x07', 80)).toThrow(String.raw`\u0007`);
});

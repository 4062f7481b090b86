/** @file Differences as diff -u writes them, and as patch takes them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { array, assert, boolean, constantFrom, property, tuple } from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { diffLines } from './diff-lines.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `line ${i + 1}`);

it('changes that lie apart are shown apart, with three lines around each', () => {
  const before = `${numbered(20).join('\n')}\n`;
  const after = before.replace('line 2\n', 'two\n').replace('line 18\n', 'line 18\nmore\n');
  expect(diffLines('f', before, after).join('\n')).toMatchInlineSnapshot(`
    "--- f
    +++ f
    @@ -1,5 +1,5 @@
     line 1
    -line 2
    +two
     line 3
     line 4
     line 5
    @@ -16,5 +16,6 @@
     line 16
     line 17
     line 18
    +more
     line 19
     line 20"
  `);
});

it('the same text is no difference', () => {
  expect(diffLines('f', 'a\n', 'a\n')).toEqual([]);
});

it('a last line without an end is marked', () => {
  expect(diffLines('f', 'a', 'a\nb')).toEqual([
    '--- f',
    '+++ f',
    '@@ -1,1 +1,2 @@',
    '-a',
    String.raw`\ No newline at end of file`,
    '+a',
    '+b',
    String.raw`\ No newline at end of file`,
  ]);
});

it('git apply makes the one text of the other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-diff-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const texts = tuple(array(constantFrom('a', 'b', 'c', ''), { maxLength: 12 }), boolean()).map(
    ([lines, end]) => lines.join('\n') + (end && lines.length > 0 ? '\n' : ''),
  );
  assert(
    property(texts, texts, (before, after) => {
      if (before === '' || after === '' || before === after) return; // a file made or removed has a head of its own
      writeFileSync(join(folder, 'f'), before);
      const input = `${diffLines('f', before, after).join('\n')}\n`;
      const words = ['apply', '-p0', '--unidiff-zero', '--whitespace=nowarn', '-'];
      const { status, stderr } = spawnSync('git', words, { cwd: folder, input, encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(readFileSync(join(folder, 'f'), 'utf8')).toBe(after);
    }),
    { numRuns: 60 },
  );
});

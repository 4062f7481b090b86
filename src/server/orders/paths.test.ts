/** @file Paths from outside: what stays below a root, and what leads out of it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resolveBelow } from './paths.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'plimsoll-paths-')));
const [first, second] = [join(folder, 'first'), join(folder, 'second')];
const roots = [first, second];
beforeAll(() => {
  for (const root of roots) mkdirSync(root);
  writeFileSync(join(second, 'data.jsonl'), '');
  writeFileSync(join(folder, 'first-secret'), '');
  symlinkSync('..', join(first, 'out'));
  symlinkSync('../second', join(first, 'across'));
  symlinkSync('nowhere', join(first, 'dangling'));
  symlinkSync('loop', join(first, 'loop'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['data.jsonl', join(second, 'data.jsonl')], // where it is, not in the first root
  ['new/data.jsonl', join(first, 'new/data.jsonl')], // its reader says that it is not there
  [join(second, 'data.jsonl'), join(second, 'data.jsonl')],
  ['across/data.jsonl', join(second, 'data.jsonl')],
  ['../second/data.jsonl', join(second, 'data.jsonl')],
  ['.', first],
  ['dangling', join(first, 'dangling')],
])('%s is below a root', (path, expected) => {
  expect(resolveBelow(roots, 'data', path)).toBe(expected);
});

test.each([
  '/etc/passwd',
  '/',
  '..',
  '../first-secret', // a name that begins as a root's does
  join(folder, 'first-secret'),
  'out/first-secret',
  'out/not-there',
  `${first}/../first-secret`,
])('%s leads out', (path) => {
  expect(() => resolveBelow([first], 'data', path)).toThrow(/data/);
});

test('without a root nothing is below one', () => {
  expect(() => resolveBelow([], 'data', 'data.jsonl')).toThrow(/data/);
});

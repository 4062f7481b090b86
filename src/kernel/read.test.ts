/** @file Fields of the kernel's files, by name. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fakeMachine } from './fake-machine.test-support.ts';
import { keyed, kibibytes, readNumber, readText } from './read.ts';

it('a name is the whole name, in the first line too', () => {
  const field = keyed('rss 1\nrss_huge 2\ntotal_rss 3\nanon 18446744073709551615\nlast 5');
  const found = ['rss', 'rss_huge', 'total_rss', 'last', 'huge', 'total'].map(field);
  expect(found).toEqual([1, 2, 3, 5, null, null]);
  expect(field('anon')).toBe(2 ** 64);
});

it('kB are KiB', () => {
  const field = kibibytes('MemTotal:       24683656 kB\nVmPTE:\t    1072 kB\nName:\tnode\n');
  expect(field('MemTotal')).toBe(24_683_656 * 1024);
  expect(field('VmPTE')).toBe(1072 * 1024);
  expect(field('Name')).toBeNull();
  expect(field('PTE')).toBeNull();
});

it('a word is no number, and a file that is missing is no error', () => {
  const root = fakeMachine({ max: 'max', number: 4096, minus: -1 });
  const numbers = ['max', 'number', 'minus', 'missing'].map((file) => readNumber(join(root, file)));
  expect(numbers).toEqual([null, 4096, null, null]);
  expect(readText(join(root, 'missing'))).toBeNull();
});

/** @file What the kernel reads around a page, on machines that cannot be had here. */
import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fakeMachine } from './fake-machine.test-support.ts';
import { readAheadBytes } from './read-ahead.ts';

const KIB = 1024;
const { dev } = statSync(import.meta.filename);
/** `ls -l /dev` shows these two; both are below 256 on a disk that a checkout lies on */
const own = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xffff00)}`;

test("the setting of the file's own device", () => {
  const root = fakeMachine({
    'sys/class/bdi': { [own]: { read_ahead_kb: 4096 }, '7:0': { read_ahead_kb: 8192 } },
  });
  expect(readAheadBytes(import.meta.filename, root)).toBe(4096 * KIB);
});

test('of a device without one, or a file that is not there: the largest setting of the machine', () => {
  const root = fakeMachine({
    'sys/class/bdi': { '7:0': { read_ahead_kb: 256 }, '254:0': { read_ahead_kb: 8192 } },
  });
  expect(readAheadBytes('/proc/self/status', root)).toBe(8192 * KIB);
  expect(readAheadBytes('/no/such/file', root)).toBe(8192 * KIB);
});

test('where the kernel shows none: its default', () => {
  expect(readAheadBytes('/no/such/file', fakeMachine({ proc: {} }))).toBe(128 * KIB);
});

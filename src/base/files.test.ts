/** @file A write that fails, for whatever reason, leaves what was there and nothing else. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  makeFolder,
  replaceFile,
  replaceLink,
  throwWriteError,
  writeAll,
  writeFileSafely,
} from './files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file is made, then replaced, and nothing else is left', () => {
  const file = join(folder, 'a.json');
  writeFileSafely(file, 'old');
  writeFileSafely(file, new TextEncoder().encode('new: ü'));
  expect(readFileSync(file, 'utf8')).toBe('new: ü');
  expect(readdirSync(folder)).toEqual(['a.json']);
});

test('while the new content is being written, the name still shows the old', () => {
  const file = join(folder, 'a');
  writeFileSafely(file, 'old');
  replaceFile(file, (fd) => {
    writeAll(fd, Buffer.from('half'));
    expect(readFileSync(file, 'utf8')).toBe('old');
    writeAll(fd, Buffer.from(' and half'));
  });
  expect(readFileSync(file, 'utf8')).toBe('half and half');
});

test("the writer's own error comes through and the old content stays", () => {
  const file = join(folder, 'a');
  writeFileSafely(file, 'old');
  expect(() =>
    replaceFile(file, (fd) => {
      writeAll(fd, Buffer.from('half'));
      throw new RangeError('mine');
    }),
  ).toThrow(RangeError);
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['a']);
});

test.runIf(existsSync('/dev/full'))('a full disk is named, with the space that is left', () => {
  const file = join(folder, 'a');
  writeFileSafely(file, 'old');
  // the kernel's own ENOSPC
  expect(() => replaceFile(file, () => writeFileSync('/dev/full', 'x'))).toThrow(
    /disk is full: .*\/a .*free there.*: [\d.]+ .iB/,
  );
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['a']);
});

test('a missing folder, and a folder in the place of the file, are named', () => {
  expect(() => writeFileSafely(join(folder, 'no', 'a'), '')).toThrow('its folder does not exist');
  mkdirSync(join(folder, 'b'));
  expect(() => writeFileSafely(join(folder, 'b'), '')).toThrow('there is a folder of that name');
  expect(readdirSync(folder)).toEqual(['b']);
});

// root may write anywhere
test.skipIf(process.getuid?.() === 0)('a folder without permission is named', () => {
  chmodSync(folder, 0o500);
  expect(() => writeFileSafely(join(folder, 'a'), '')).toThrow('permission denied');
  chmodSync(folder, 0o700);
});

test('a folder is made with those above it, and left as it is where it is there', () => {
  const inner = join(folder, 'a/b/c');
  makeFolder(inner);
  writeFileSync(join(inner, 'kept'), '');
  makeFolder(`${inner}/`);
  expect(existsSync(join(inner, 'kept'))).toBe(true);
});

test.skipIf(!existsSync('/proc/self'))('where no folder can be made, that is said', () => {
  expect(() => makeFolder('/proc/nowhere/a')).toThrow('could not be written');
  writeFileSync(join(folder, 'file'), '');
  expect(() => makeFolder(join(folder, 'file'))).toThrow('there is a file of that name');
  expect(() => makeFolder(join(folder, 'file/a'))).toThrow('not a folder');
});

test('an error of another kind passes unchanged', () => {
  expect(() => throwWriteError('a', new TypeError('ours'))).toThrow(TypeError);
});

test('a link is made, then pointed elsewhere', () => {
  const link = join(folder, 'latest');
  replaceLink(link, 'one');
  replaceLink(link, 'two');
  expect(readlinkSync(link)).toBe('two');
  expect(readdirSync(folder)).toEqual(['latest']);
});

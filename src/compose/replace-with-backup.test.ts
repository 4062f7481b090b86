/** @file A file is replaced whole, keeps whose it is, and what it was stays beside it. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { replaceWithBackup } from './replace-with-backup.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-backup-'));
  file = join(folder, 'f.yml');
  writeFileSync(file, 'old\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('the copy has what it was; mode and owner stay', () => {
  chmodSync(file, 0o640);
  if (process.getuid?.() === 0) chownSync(file, 1234, 4321);
  const { mode, uid, gid } = statSync(file);
  expect(replaceWithBackup(file, 'old\n', 'new\n')).toBe(`${file}.bak`);
  expect(readFileSync(file, 'utf8')).toBe('new\n');
  expect(readFileSync(`${file}.bak`, 'utf8')).toBe('old\n');
  expect(statSync(file)).toMatchObject({ mode, uid, gid });
  expect(statSync(`${file}.bak`)).toMatchObject({ mode });
});

it('a copy that is there already is kept', () => {
  replaceWithBackup(file, 'old\n', 'new\n');
  expect(replaceWithBackup(file, 'new\n', 'newer\n')).toBe(`${file}.bak2`);
  expect(readdirSync(folder).toSorted()).toEqual(['f.yml', 'f.yml.bak', 'f.yml.bak2']);
  expect(readFileSync(`${file}.bak`, 'utf8')).toBe('old\n');
});

it('a link stays one', () => {
  const link = join(folder, 'link.yml');
  symlinkSync('f.yml', link);
  replaceWithBackup(link, 'old\n', 'new\n');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('new\n');
});

it('what was changed in the meantime is left as it is', () => {
  writeFileSync(file, 'by another\n');
  expect(() => replaceWithBackup(file, 'old\n', 'new\n')).toThrow(/was changed by another/);
  expect(readFileSync(file, 'utf8')).toBe('by another\n');
  expect(readdirSync(folder)).toEqual(['f.yml']);
});

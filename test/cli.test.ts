/** @file The built command line as a shell meets it: help, usage errors, exit codes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { plimsoll } from './plimsoll.ts';

test.each([
  [[]],
  [['train']],
  [['plan']],
  [['run']],
  [['explain']],
  [['doctor']],
  [['generate']],
  [['eval']],
  [['model']],
  [['model', 'init']],
])('%j has a help with an example', (words) => {
  const { status, stdout } = plimsoll(...words, '--help');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Usage: plimsoll/);
  expect(stdout).toMatch(/Examples?:\n {2}\$ plimsoll/);
});

test.each([
  [['nonsense']],
  [['train', '--no-such-flag']],
  [['train', '--epochs', 'three']],
  [['train', '--epochs', '0']],
  [['train', '--method', 'magic']],
  [['train', '--method', 'full', '--lora-r', '4']],
  [['model', 'init', 'flan-t5-gigantic', '--output', '/nonexistent']],
])('%j is refused with exit code 2 and one line', (words) => {
  const { status, stdout, stderr } = plimsoll(...words);
  expect(status).toBe(2);
  expect(stdout).toBe('');
  expect(stderr.trim().split('\n')[0]).toMatch(/^error: /);
  expect(stderr).not.toMatch(/\n {4}at /);
});

test('a data file that is not there is named, with exit code 1', () => {
  const { status, stderr } = plimsoll('eval', '--data', '/nonexistent/data.jsonl');
  expect(status).toBe(1);
  expect(stderr).toMatch(/\/nonexistent\/data\.jsonl/);
});

test('what package.json calls the command starts through a link, from another folder, as npm links it', () => {
  const { bin, files, version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-link-'));
  const link = join(folder, 'a name');
  symlinkSync(resolve(bin.plimsoll), link);
  const { stdout, stderr } = spawnSync(link, ['--version'], { cwd: folder, encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect({ stdout, stderr }).toEqual({ stdout: `${version}\n`, stderr: '' });
  expect(files).toContain(bin.plimsoll.split('/', 1)[0]);
});

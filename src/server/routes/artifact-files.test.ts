/** @file A run's files: what is listed, and that no path leads out of its folder. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { artifactsIn, openArtifact } from './artifact-files.ts';

const top = mkdtempSync(join(tmpdir(), 'plimsoll-artifacts-'));
const folder = join(top, 'run');
mkdirSync(join(folder, 'adapter'), { recursive: true });
mkdirSync(join(top, 'run-2'));
writeFileSync(join(folder, 'training_run.json'), '{}');
writeFileSync(join(folder, 'adapter/weights'), '12345');
writeFileSync(join(top, 'run-2/secret'), 'no');
symlinkSync(join(top, 'run-2/secret'), join(folder, 'leads-out'));
symlinkSync(join(top, 'run-2'), join(folder, 'folder-out'));
symlinkSync('adapter/weights', join(folder, 'leads-in'));
spawnSync('mkfifo', [join(folder, 'pipe')]);
afterAll(() => rmSync(top, { recursive: true }));

test('files are listed with their sizes; links and pipes are not', () => {
  expect(artifactsIn(folder).map(({ path, bytes }) => [path, bytes])).toEqual([
    ['adapter/weights', 5],
    ['training_run.json', 2],
  ]);
  expect(artifactsIn(join(top, 'none'))).toEqual([]);
});

test.each(['adapter/weights', './adapter/../adapter/weights', 'leads-in'])('%s is one', (path) => {
  const file = openArtifact(folder, path);
  expect(file).toMatchObject({ bytes: 5, name: 'adapter-weights' });
  closeSync(file?.fd ?? -1);
});

test.each([
  '../run-2/secret',
  'adapter/../../run-2/secret',
  'leads-out',
  'folder-out/secret',
  join(top, 'run-2/secret'),
  'adapter',
  '.',
  '..',
  'none',
  'pipe',
  'adapter/weights\0',
  'x'.repeat(5000),
])('%j is none', (path) => {
  expect(openArtifact(folder, path)).toBeNull();
});

/** @file bin/plimsoll: a process that takes little, and gives freed memory back where there is little. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-launcher-'));
afterAll(() => rmSync(folder, { recursive: true }));
const LAUNCHER = join(import.meta.dirname, '../bin/plimsoll');

/** The plan of a run of one step on the bundled examples. */
function planOf(...args: string[]): Record<string, unknown> {
  const output = execFileSync(
    LAUNCHER,
    ['train', '--max-steps', '1', '--held-out', '0', '--json', '--output-dir', folder, ...args],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const events = output
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
  const planned = events.find(({ type }) => type === 'planned');
  return Object(Object(planned)['prediction'])['plan'];
}

test('freed buffers are kept where there is room, and given back under a limit', () => {
  expect(planOf()).toMatchObject({ mmapThreshold: 32 * 2 ** 20 });
  expect(planOf('--memory', '300M')).toMatchObject({ mmapThreshold: 128 * 2 ** 10 });
});

test('it is found through a link, as npm makes one', () => {
  const link = join(folder, 'plimsoll');
  symlinkSync(LAUNCHER, link);
  expect(execFileSync(link, ['--version'], { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
});

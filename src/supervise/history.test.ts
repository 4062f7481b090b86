/** @file What is kept of a command: its own runs, the newest, for as many commands as there is room for. */
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addPastRun, pastRuns } from './history.ts';
import type { PastRun } from './past-runs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-history-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const subject = { folder: '/here', command: ['train', '--batch-size', '4'] };
const run = (peak_bytes: number): PastRun => ({
  ended_at: '2026-01-31T14:25:01Z',
  cause: 'completed',
  grade: 'proven',
  limit_bytes: null,
  limit_from: 'the machine (MemTotal)',
  peak_bytes,
});

test('the runs of the same words in the same folder, the newest twenty', () => {
  for (let i = 1; i <= 25; i++) addPastRun(subject, run(i), folder);
  const peaks = pastRuns(subject, folder).map(({ peak_bytes: peak }) => peak);
  expect(peaks).toEqual(Array.from({ length: 20 }, (_, i) => i + 6));
  expect(pastRuns({ ...subject, folder: '/there' }, folder)).toEqual([]);
  expect(pastRuns({ ...subject, command: ['train', '--batch-size 4'] }, folder)).toEqual([]);
});

test('of many commands those that ran last', () => {
  for (let i = 0; i < 205; i++) {
    const file = join(folder, `old-${i}.json`);
    writeFileSync(file, '{}');
    utimesSync(file, i, i);
  }
  addPastRun(subject, run(1), folder);
  const kept = readdirSync(folder);
  expect(kept).toHaveLength(200);
  expect(kept).not.toContain('old-5.json');
  expect(kept).toContain('old-6.json');
  expect(pastRuns(subject, folder)).toHaveLength(1);
});

test('what cannot be read or written does no harm', () => {
  addPastRun(subject, run(1), folder);
  const [name = ''] = readdirSync(folder);
  writeFileSync(join(folder, name), '{"runs": 3}');
  expect(pastRuns(subject, folder)).toEqual([]);
  for (const change of [{ peak_bytes: '1' }, { limit_bytes: -1 }, { cause: undefined }]) {
    writeFileSync(join(folder, name), JSON.stringify({ runs: [run(1), { ...run(2), ...change }] }));
    expect(pastRuns(subject, folder)).toEqual([]);
  }
  addPastRun(subject, run(2), join(folder, name));
});

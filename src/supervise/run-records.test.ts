/** @file Records of runs: which is the newest. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { dropOldRecords, makeRecordFolder, runIds } from './run-records.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-records-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('by the second in their ids, and within one second in the order in which they were made', () => {
  const made = [
    '20260102-000000-aa',
    '20260101-000000-ff',
    '20260101-000000-00',
    '20260101-000000-77',
  ];
  for (const id of made) {
    mkdirSync(join(folder, id));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); // clocks of file systems are coarse
  }
  expect(runIds(folder)).toEqual([...made.slice(1), made[0]]);
});

test('none where nothing ran', () => {
  expect(runIds(join(folder, 'nowhere'))).toEqual([]);
});

test('the newest twenty are kept', () => {
  const records = join(folder, 'many');
  const ids = Array.from({ length: 23 }, (_, i) => `20260101-0000${10 + i}-ab`);
  for (const id of ids) expect(makeRecordFolder(id, records)).toBe(join(records, id));
  dropOldRecords(records);
  expect(runIds(records)).toEqual(ids.slice(3));
});

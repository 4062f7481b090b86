/** @file Samples stay bounded, and the newest stay close to each other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { sampleOf } from './recorded-facts.test-support.ts';
import { startSampling, thinned } from './samples.ts';

it('every other one of the older half goes', () => {
  const samples = [1, 2, 3, 4, 5, 6, 7, 8].map((bytes) => sampleOf(bytes));
  expect(thinned(samples).map(({ unreclaimable }) => unreclaimable)).toEqual([1, 3, 5, 6, 7, 8]);
});

it('of a process without a group of its own, its own memory, processor time and input', async () => {
  let looks = 0;
  const sampling = startSampling(process.pid, null, () => {
    looks++;
    return false;
  });
  await expect.poll(() => sampling.samples().length, { timeout: 10_000 }).toBeGreaterThan(1);
  sampling.stop();
  expect(looks).toBe(sampling.samples().length);
  expect(sampling.peak()?.unreclaimable).toBeGreaterThan(10 * 2 ** 20);
  expect(sampling.samples()[0]?.cpu).toBeGreaterThan(0);
  expect(sampling.samples()[0]?.read).toBeGreaterThanOrEqual(0);
});

it('a command that ends before the first look was one process, and those that outlive it count, too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-samples-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const sampling = startSampling(700_001, { version: 1, path: '/own', folder }, () => false);
  sampling.stop();
  writeFileSync(join(folder, 'cgroup.procs'), '');
  expect(sampling.mostProcesses()).toBe(1);
  writeFileSync(join(folder, 'cgroup.procs'), '700002\n700003\n');
  expect(sampling.mostProcesses()).toBe(3);
});

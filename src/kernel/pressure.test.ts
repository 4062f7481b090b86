/** @file Pressure is read where the kernel tells it. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fakeMachine, PID, SYSTEMD, V1_ONLY } from './fake-machine.test-support.ts';
import { memoryCgroup, type MemoryGroup } from './memory-cgroup.ts';
import { pressure, stallReader } from './pressure.ts';

const STALLED = `some avg10=1.23 avg60=0.45 avg300=0.07 total=98765
full avg10=0.50 avg60=0.10 avg300=0.00 total=4321`;
const EXPECTED = {
  some: { avg10: 1.23, avg60: 0.45, avg300: 0.07, total: 98_765 },
  full: { avg10: 0.5, avg60: 0.1, avg300: 0, total: 4321 },
};

it('of the machine', () => {
  const root = fakeMachine({ 'proc/pressure/memory': STALLED });
  expect(pressure('machine', root)).toEqual(EXPECTED);
});

it('of a group of version 2', () => {
  const root = fakeMachine({ ...SYSTEMD, 'sys/fs/cgroup/train.slice/memory.pressure': STALLED });
  const group: MemoryGroup = {
    version: 2,
    path: '/train.slice',
    folder: join(root, 'sys/fs/cgroup/train.slice'),
  };
  expect(pressure(group)).toEqual(EXPECTED);
  const reader = stallReader(group);
  expect(reader.stalled()).toBe(98_765);
  reader.close();
  expect(reader.stalled()).toBeNull();
});

it('nowhere else', () => {
  const root = fakeMachine(V1_ONLY);
  expect(pressure('machine', root)).toBeNull();
  expect(memoryCgroup(PID, root).groups.map((group) => pressure(group))).toEqual([
    null,
    null,
    null,
  ]);
});

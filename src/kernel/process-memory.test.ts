/** @file A process's memory: from the rollup, from status alone, of one that has ended. */
import { describe, expect, it } from 'vitest';
import { fakeMachine, HYBRID, PID } from './fake-machine.test-support.ts';
import { processMemory, processStatus, residentMemory } from './process-memory.ts';

const MIB = 2 ** 20;
const ROLLUP = `55ff0b995000-7ffce2a4e000 ---p 00000000 00:00 0                          [rollup]
Rss:              190464 kB
Pss:              150000 kB
Pss_Anon:         104448 kB
Shared_Clean:      40960 kB
Shared_Dirty:      20480 kB
Private_Clean:     24576 kB
Private_Dirty:    104448 kB
Anonymous:        104448 kB
AnonHugePages:      2048 kB
Swap:               4096 kB
SwapPss:            4096 kB`;

describe('processMemory', () => {
  it('takes what the rollup counts, and the rest from status', () => {
    const root = fakeMachine({ ...HYBRID, [`proc/${PID}/smaps_rollup`]: ROLLUP });
    expect(processMemory(PID, root)).toEqual({
      source: 'smaps_rollup',
      resident: 186 * MIB,
      peakResident: 200 * MIB,
      anonymous: 102 * MIB,
      shared: 20 * MIB,
      pageTables: MIB,
      unreclaimable: 123 * MIB,
      file: 64 * MIB,
      swapped: 4 * MIB,
      proportional: 150_000 * 1024,
      alone: 126 * MIB,
      addressSpace: 1024 * MIB,
      privateWritable: 300 * MIB,
    });
  });

  it.each([
    ['cannot be read', {}],
    ['is empty, at the end of the process', { [`proc/${PID}/smaps_rollup`]: '' }],
  ])('status alone, where the rollup %s', (_, files) => {
    const root = fakeMachine({ ...HYBRID, ...files });
    expect(processMemory(PID, root)).toMatchObject({
      source: 'status',
      resident: 180 * MIB,
      unreclaimable: 121 * MIB,
      file: 60 * MIB,
      proportional: null,
      alone: null,
    });
  });

  it('a zombie has no memory, nor has a process that is gone', () => {
    const root = fakeMachine({ [`proc/${PID}/status`]: 'Name:\tnode\nState:\tZ (zombie)' });
    expect(processMemory(PID, root)).toBeNull();
    expect(processMemory(8, root)).toBeNull();
  });
});

describe.runIf(process.platform === 'linux')('this process', () => {
  it('grows by what it fills, and by nothing that it only reserves', () => {
    const before = processStatus()!;
    const filled = Buffer.alloc(64 * MIB, 1);
    const reserved = Buffer.alloc(256 * MIB); // calloc: pages come when they are touched
    const after = processStatus()!;
    expect(filled.length + reserved.length).toBe(320 * MIB);
    const grown = (after.unreclaimable - before.unreclaimable) / MIB;
    expect(grown).toBeGreaterThan(63);
    expect(grown).toBeLessThan(96);
    expect((after.addressSpace - before.addressSpace) / MIB).toBeGreaterThan(319);
  });

  it('is told alike by status and by the rollup', () => {
    const [status, rollup] = [processStatus()!, processMemory()!];
    expect(rollup.source).toBe('smaps_rollup');
    expect(Math.abs(rollup.unreclaimable - status.unreclaimable)).toBeLessThan(8 * MIB);
    expect(Math.abs(residentMemory().anon + status.pageTables - status.unreclaimable)).toBeLessThan(
      8 * MIB,
    );
  });
});

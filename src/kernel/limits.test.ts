/** @file The smallest limit and the least room, over every kind of limit, with who set it. */
import { describe, expect, it } from 'vitest';
import {
  CONTAINER_V2,
  DOCKER_V1,
  fakeMachine,
  type Files,
  HYBRID,
  PID,
  SYSTEMD,
  ULIMITS,
  V1_ONLY,
} from './fake-machine.test-support.ts';
import { availableBytes, bindingLimit } from './limits.ts';

const MIB = 2 ** 20;
const binding = (files: Files, given?: number) =>
  bindingLimit({ pid: PID, root: fakeMachine(files), given });
const room = (files: Files, given?: number) =>
  availableBytes({ pid: PID, root: fakeMachine(files), given });

describe('bindingLimit', () => {
  it.each([
    ['an outer slice', SYSTEMD, 1024, 'cgroup /train.slice (memory.max)'],
    ["a container's own", CONTAINER_V2, 512, "this container's cgroup (memory.max)"],
    [
      'a group that cannot be seen',
      DOCKER_V1,
      256,
      'an unseen cgroup above cgroup /docker/ab12cd34ef56… (hierarchical_memory_limit)',
    ],
    ['a group of version 1', V1_ONLY, 512, 'cgroup /jobs/one (memory.limit_in_bytes)'],
    ['no cgroup limit', HYBRID, 8192, 'the machine (MemTotal)'],
  ])('%s', (_, files, mib, from) => {
    expect(binding(files)).toMatchObject({ bytes: mib * MIB, from });
  });

  it('memory.high is told apart, with all that there is', () => {
    const { throttle, candidates, kind } = binding(SYSTEMD);
    expect(kind).toBe('cgroup');
    expect(throttle).toMatchObject({
      kind: 'throttle',
      bytes: 512 * MIB,
      from: 'cgroup /train.slice/train-night.slice (memory.high)',
    });
    expect(candidates.map(({ from, bytes, used }) => `${from}: ${bytes / MIB} (${used / MIB})`))
      .toMatchInlineSnapshot(`
      [
        "cgroup /train.slice/train-night.slice (memory.max): 2048 (300)",
        "cgroup /train.slice/train-night.slice (memory.high): 512 (300)",
        "cgroup /train.slice (memory.max): 1024 (800)",
        "the machine (MemTotal): 8192 (2048)",
      ]
    `);
  });

  it('what the user gives counts as a limit, and only where it is the smallest', () => {
    expect(binding(V1_ONLY, 100 * MIB)).toMatchObject({ kind: 'given', bytes: 100 * MIB });
    expect(binding(V1_ONLY, 600 * MIB)).toMatchObject({ kind: 'cgroup', bytes: 512 * MIB });
  });

  it('rlimits: what is mapped without memory behind it comes off', () => {
    const { candidates, hidden } = binding(ULIMITS);
    expect(candidates.map(({ kind, bytes, from }) => `${kind} ${bytes / MIB}: ${from}`))
      .toMatchInlineSnapshot(`
      [
        "address-space 1144: RLIMIT_AS of 2 GiB, less 904 MiB mapped without memory behind it",
        "private-writable 500: RLIMIT_DATA of 700 MiB, less 200 MiB mapped without memory behind it",
        "machine 8192: the machine (MemTotal)",
      ]
    `);
    expect(hidden).toBe('/proc/7/cgroup tells of no memory controller');
  });
});

describe('availableBytes', () => {
  it.each([
    ['the fullest group, not the smallest', SYSTEMD, 512 - 300, '/train.slice/train-night.slice'],
    ['a container', CONTAINER_V2, 512 - 400, "this container's"],
    ['a group that cannot be seen: at least what the visible use', DOCKER_V1, 256 - 100, 'unseen'],
    ['version 1', V1_ONLY, 512 - 64, '/jobs/one'],
    ['the machine', HYBRID, 6 * 1024, 'the machine'],
    ['private writable mappings', ULIMITS, 700 - 300, 'RLIMIT_DATA'],
  ])('%s', (_, files, mib, from) => {
    const { bytes, limit } = room(files);
    expect(bytes / MIB).toBe(mib);
    expect(limit.from).toContain(from);
  });

  it('a limit that shrank below what is in use leaves less than nothing', () => {
    // 100 MiB anonymous, 20 MiB shared and 1 MiB of page tables are in use.
    expect(room(V1_ONLY, 100 * MIB).bytes).toBe(-21 * MIB);
  });
});

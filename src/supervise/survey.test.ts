/** @file What verdicts can prove, by what a machine lets be read. */
import { expect, it } from 'vitest';
import type { MachineSurvey } from '#protocol';
import { proofs } from './survey.ts';

const ALL: Omit<MachineSurvey, 'proves'> = {
  cgroup_version: 2,
  cgroup: '/a',
  hidden: null,
  no_group: null,
  counters: true,
  scope: null,
  no_scope: null,
  limit_bytes: 512,
  limit_from: 'cgroup /a (memory.max)',
  limit_origin: { kind: 'cgroup', path: '/a' },
  limit_used_bytes: 100,
  throttle_bytes: null,
  throttle_from: null,
  oom_group: false,
  machine_pressure: true,
  group_pressure: true,
  no_kernel_log: null,
  same_pids: true,
  systemd: true,
  killers: [],
  killer_logs: [],
  swap_bytes: 0,
  memory_bytes: 1024,
  left_groups: [],
};
const grades = (changes: Partial<typeof ALL>) =>
  proofs({ ...ALL, ...changes }).map(({ grade }) => grade);

it.each([
  ['all can be read', {}, ['proven', 'proven', 'proven', 'proven', 'proven']],
  [
    'a container',
    { hidden: 'a namespace', no_kernel_log: 'not allowed', same_pids: false },
    ['proven', 'likely', 'proven', 'likely', 'likely'],
  ],
  ['groups are read-only', { no_group: 'EROFS' }, ['not', 'proven', 'proven', 'proven', 'proven']],
  [
    'a container without groups: its own counters are read, and the log has other ids',
    { no_group: 'EROFS', hidden: 'a namespace', same_pids: false },
    ['not', 'likely', 'likely', 'not', 'likely'],
  ],
  [
    'the same, and no log',
    { no_group: 'EROFS', no_kernel_log: 'not allowed' },
    ['not', 'likely', 'likely', 'not', 'proven'],
  ],
  [
    'neither',
    { no_group: 'EROFS', counters: false, no_kernel_log: 'not allowed' },
    ['not', 'not', 'not', 'not', 'proven'],
  ],
  [
    'a killer, and no log of its',
    { killers: ['earlyoom'] },
    ['proven', 'proven', 'proven', 'proven', 'not'],
  ],
  [
    'a killer, and its log',
    { killers: ['earlyoom'], killer_logs: ['journal'] },
    ['proven', 'proven', 'proven', 'proven', 'proven'],
  ],
] as const)('%s', (_, changes, expected) => {
  expect(grades(changes)).toEqual(expected);
});

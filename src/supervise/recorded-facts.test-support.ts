/**
 * @file Facts of ends as kernels told them: version 1 from Linux 6.18, version 2 from Linux 6.1. Only the
 * names of groups are made up.
 */
import type { CgroupCounters, CgroupEvents } from '#kernel';
import type { Facts, GroupFacts } from './facts.ts';
import type { Sample } from './samples.ts';

export const MIB = 2 ** 20;
export const PID = 23301;
export const OWN = '/docker/ab12/plimsoll-20260101-000000-abcdef';

const UNCOUNTED: CgroupEvents = {
  throttled: null,
  limitHits: null,
  ooms: null,
  kills: null,
  groupKills: null,
};
const NOTHING: CgroupCounters = {
  own: UNCOUNTED,
  subtree: UNCOUNTED,
  charged: null,
  peakCharged: null,
  swap: null,
  waiting: null,
  killDisabled: null,
  killsWholeGroup: null,
};

/** Counters are zero before. */
export function groupV1(
  path: string,
  limit: number | null,
  after: { readonly kills: number; readonly hits: number; readonly peak?: number },
): GroupFacts {
  return {
    version: 1,
    path,
    name: `cgroup ${path} (memory.limit_in_bytes)`,
    limit,
    baseline: 0,
    before: countedV1(0, 0, 0),
    after: countedV1(after.kills, after.hits, after.peak ?? 0),
  };
}

function countedV1(kills: number, limitHits: number, peakCharged: number): CgroupCounters {
  return { ...NOTHING, own: { ...UNCOUNTED, kills, limitHits }, peakCharged };
}

/** `own` is memory.events.local, `subtree` memory.events. */
export function groupV2(
  path: string,
  limit: number | null,
  after: { readonly own: Partial<CgroupEvents>; readonly subtree: Partial<CgroupEvents> },
): GroupFacts {
  const zero: CgroupEvents = { throttled: 0, limitHits: 0, ooms: 0, kills: 0, groupKills: 0 };
  return {
    version: 2,
    path,
    name: `cgroup ${path} (memory.max)`,
    limit,
    baseline: 0,
    before: { ...NOTHING, own: zero, subtree: zero },
    after: {
      ...NOTHING,
      own: { ...zero, ...after.own },
      subtree: { ...zero, ...after.subtree },
    },
  };
}

/** The root of version 2 has no memory.events. */
export const ROOT_V2: GroupFacts = {
  ...groupV2('/', null, { own: {}, subtree: {} }),
  before: null,
  after: null,
};

export const sampleOf = (unreclaimable: number): Sample => ({
  seconds: 0.7,
  unreclaimable,
  file: 0,
  stalled: 0,
  cpu: 0.5,
  read: 0,
  written: 0,
});

/** A command that ended with exit code 0 in a group of 100 MiB of version 1; nothing happened. */
export const QUIET: Facts = {
  pid: PID,
  exitCode: 0,
  signal: null,
  seconds: 0.78,
  unwatchedSeconds: 0,
  asked: null,
  groups: [
    groupV1(OWN, 100 * MIB, { kills: 0, hits: 0 }),
    groupV1('/docker/ab12', 512 * MIB, { kills: 0, hits: 0 }),
  ],
  noGroup: null,
  leftGroup: false,
  hidden: null,
  container: null,
  kernelLog: { readable: true, kills: [], gap: null },
  samePids: true,
  mostProcesses: 1,
  killerLines: [],
  killersRunning: [],
  limit: { bytes: 100 * MIB, from: '--memory', origin: { kind: 'flag' }, baseline: 0 },
  machineBytes: 24 * 1024 * MIB,
  last: sampleOf(20 * MIB),
  peak: sampleOf(20 * MIB),
  output: '',
  trainer: null,
  guard: [],
  lost: [],
};

export const SIGKILLED: Facts = { ...QUIET, exitCode: null, signal: 'SIGKILL' };

export const NO_LOG = {
  readable: false,
  reason: '/dev/kmsg: not allowed (kernel.dmesg_restrict)',
} as const;

/** As version 1 counts a kill by the group's own limit of 100 MiB. */
export const OWN_KILL_V1 = [
  groupV1(OWN, 100 * MIB, { kills: 1, hits: 80, peak: 100 * MIB }),
  groupV1('/docker/ab12', 512 * MIB, { kills: 0, hits: 0, peak: 180 * MIB }),
];

/** As version 2 does. */
export const OWN_KILL_V2 = [
  groupV2(OWN, 100 * MIB, {
    own: { limitHits: 25, ooms: 1, kills: 1 },
    subtree: { limitHits: 25, ooms: 1, kills: 1 },
  }),
  groupV2('/docker/ab12', 512 * MIB, { own: {}, subtree: { limitHits: 25, ooms: 1, kills: 1 } }),
  ROOT_V2,
];

/** The ancestor's limit fires: the victim's group has `oom 0, oom_kill 1`, the ancestor's own `oom_kill 0`. */
export const ANCESTOR_KILL_V2 = [
  groupV2(OWN, null, { own: { kills: 1 }, subtree: { kills: 1 } }),
  groupV2('/docker/ab12', 512 * MIB, {
    own: { limitHits: 31, ooms: 1 },
    subtree: { limitHits: 31, ooms: 1, kills: 1 },
  }),
  ROOT_V2,
];

export function loggedKill(limitGroup: string | null, pid: number = PID, group: string = OWN) {
  const memcg = limitGroup === null ? ',global_oom' : `,oom_memcg=${limitGroup}`;
  const constraint = limitGroup === null ? 'CONSTRAINT_NONE' : 'CONSTRAINT_MEMCG';
  return [
    `oom-kill:constraint=${constraint},nodemask=(null),cpuset=/,mems_allowed=0${memcg},task_memcg=${group},task=python3,pid=${pid},uid=0`,
    `${limitGroup === null ? 'Out' : 'Memory cgroup out'} of memory: Killed process ${pid} (python3) total-vm:112156kB, anon-rss:102016kB, file-rss:6628kB, shmem-rss:0kB, UID:0 pgtables:260kB oom_score_adj:0`,
  ];
}

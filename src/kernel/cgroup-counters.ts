/**
 * @file What a memory cgroup has counted since it was made: limits hit, kills, the highest charge.
 * They go with the group, and say most as a difference: read them before and after.
 */
import { join } from 'node:path';
import { swapLimit } from './cgroup-limits.ts';
import type { MemoryGroup } from './memory-cgroup.ts';
import { keyed, readNumber, readText } from './read.ts';

/** Each is null where this kernel or version does not count it. */
export interface CgroupEvents {
  /** times that memory.high slowed the group down */
  readonly throttled: number | null;
  /** times that the limit was reached; most are settled by taking pages of files back */
  readonly limitHits: number | null;
  /** times that the limit was reached and nothing could be taken back */
  readonly ooms: number | null;
  /** processes in the group that an OOM killer killed, whoever's limit fired */
  readonly kills: number | null;
  /** times that the group was killed as a whole (memory.oom.group) */
  readonly groupKills: number | null;
}

export interface CgroupCounters {
  /** of this group alone */
  readonly own: CgroupEvents;
  /** of this group and all below it */
  readonly subtree: CgroupEvents;
  /** bytes charged now, and at most so far, pages of files included: a full group need not be short */
  readonly charged: number | null;
  readonly peakCharged: number | null;
  /** null where swap is not counted */
  readonly swap: CgroupSwap | null;
  /** version 1: a process waits for memory now, and whether it waits rather than be killed */
  readonly waiting: boolean | null;
  readonly killDisabled: boolean | null;
  /** version 2: a kill takes all processes of the group */
  readonly killsWholeGroup: boolean | null;
}

export interface CgroupSwap {
  readonly used: number;
  /** null for as much as there is */
  readonly limit: number | null;
}

/** Null once the group is gone. */
export function cgroupCounters(group: MemoryGroup): CgroupCounters | null {
  const stat = readText(join(group.folder, 'memory.stat'));
  if (stat === null) return null;
  return group.version === 2 ? countersV2(group) : countersV1(group, stat);
}

/**
 * cgroup-v2.rst: memory.events counts the group and those below, memory.events.local (Linux 5.2) the
 * group alone, memory.peak came with 5.19. `oom` of a group says that its own limit was the one;
 * `oom_kill` says whose processes died. When an ancestor's limit fires, the victim's group has
 * `oom 0, oom_kill 1` and the ancestor's own file has `oom_kill 0`: both are needed.
 */
function countersV2(group: MemoryGroup): CgroupCounters {
  const { text, number } = filesOf(group);
  const swapped = number('memory.swap.current');
  return {
    own: events(text('memory.events.local')),
    subtree: events(text('memory.events')),
    charged: number('memory.current'),
    peakCharged: number('memory.peak'),
    swap: swapped === null ? null : { used: swapped, limit: swapLimit(group) },
    waiting: null,
    killDisabled: null,
    killsWholeGroup: flag(number('memory.oom.group')),
  };
}

function events(text: string | null): CgroupEvents {
  const field = text === null ? () => null : keyed(text);
  return {
    throttled: field('high'),
    limitHits: field('max'),
    ooms: field('oom'),
    kills: field('oom_kill'),
    groupKills: field('oom_group_kill'),
  };
}

/**
 * cgroup-v1/memory.rst: failcnt is the group's own, `oom_kill` of memory.oom_control (Linux 4.13)
 * counts its own tasks.
 *
 * A weak point: where memory and swap together are limited to no more than memory (Docker with
 * `--memory-swap` equal to `--memory`), that limit is hit first and memory.failcnt stays 0, kill or
 * no kill. It has a failcnt of its own, added here, but Linux 6.18 was seen to leave it at 0 too:
 * then only the kernel log and `peakCharged` at the limit tell.
 */
function countersV1(group: MemoryGroup, stat: string): CgroupCounters {
  const { text, number } = filesOf(group);
  const control = keyed(text('memory.oom_control') ?? '');
  const failures = number('memory.failcnt');
  const swapped = keyed(stat)('total_swap');
  return {
    own: {
      ...UNCOUNTED,
      limitHits: failures === null ? null : failures + (number('memory.memsw.failcnt') ?? 0),
      kills: control('oom_kill'),
    },
    subtree: UNCOUNTED,
    charged: number('memory.usage_in_bytes'),
    peakCharged: number('memory.max_usage_in_bytes'),
    swap: swapped === null ? null : { used: swapped, limit: swapLimit(group) },
    waiting: flag(control('under_oom')),
    killDisabled: flag(control('oom_kill_disable')),
    killsWholeGroup: null,
  };
}

const UNCOUNTED: CgroupEvents = {
  throttled: null,
  limitHits: null,
  ooms: null,
  kills: null,
  groupKills: null,
};

function filesOf({ folder }: MemoryGroup) {
  return {
    text: (name: string) => readText(join(folder, name)),
    number: (name: string) => readNumber(join(folder, name)),
  };
}

function flag(value: number | null): boolean | null {
  return value === null ? null : value !== 0;
}

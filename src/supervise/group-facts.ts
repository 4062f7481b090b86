/** @file The groups around an attempt, before it begins and after it has ended. */
import { statSync } from 'node:fs';
import {
  cgroupCounters,
  type CgroupCounters,
  cgroupUsage,
  groupName,
  hardLimit,
  type MemoryGroup,
} from '#kernel';
import type { GroupFacts } from './facts.ts';
import type { Place } from './place.ts';

/** Plain data. */
export interface GroupBefore {
  readonly group: MemoryGroup;
  /** of its folder: a group that is made anew under the same name has another. Null where it cannot be seen */
  readonly inode: number | null;
  /** for people: who set its limit */
  readonly name: string;
  readonly counters: CgroupCounters | null;
  /** unreclaimable bytes in use */
  readonly baseline: number;
  readonly limit: number | null;
}

export function groupsBefore({ cgroup, own }: Place): GroupBefore[] {
  return cgroup.groups.map((group) => ({
    group,
    inode: inodeOf(group),
    name: own === group ? OWN_LIMIT : `${groupName(group, cgroup)} (${LIMIT_FILE[group.version]})`,
    counters: counters(group),
    baseline: cgroupUsage(group)?.unreclaimable ?? 0,
    limit: hardLimit(group),
  }));
}

/** Call it when the attempt has ended and its group is there still. */
export function groupsAfter(before: readonly GroupBefore[]): GroupFacts[] {
  return before.map((each) => groupAfter(each, isThere(each)));
}

function groupAfter(then: GroupBefore, there: boolean): GroupFacts {
  const { group, name, counters: before, baseline, limit } = then;
  return {
    version: group.version,
    path: group.path,
    name,
    limit: (there ? hardLimit(group) : null) ?? limit,
    baseline,
    before,
    after: there ? counters(group) : null,
  };
}

/** Whether it is still the same group. */
export function isThere({ group, inode }: GroupBefore): boolean {
  return inodeOf(group) === inode;
}

function inodeOf({ folder }: MemoryGroup): number | null {
  return statSync(folder, { throwIfNoEntry: false })?.ino ?? null;
}

/** Who set the limit of a group that we made. */
export const OWN_LIMIT = '--memory';

const LIMIT_FILE = { 1: 'memory.limit_in_bytes', 2: 'memory.max' } as const;

/** Null, too, where the kernel does not count kills: what is never seen to rise would look like none. */
function counters(group: MemoryGroup): CgroupCounters | null {
  const now = cgroupCounters(group);
  return now && (now.own.kills ?? now.subtree.kills) !== null ? now : null;
}

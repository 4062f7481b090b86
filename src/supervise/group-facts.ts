/** @file The groups around an attempt, before it begins and after it has ended. */
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
    name: own === group ? OWN_LIMIT : `${groupName(group, cgroup)} (${LIMIT_FILE[group.version]})`,
    counters: counters(group),
    baseline: cgroupUsage(group)?.unreclaimable ?? 0,
    limit: hardLimit(group),
  }));
}

/** Call it when the attempt has ended and its group is there still. */
export function groupsAfter(before: readonly GroupBefore[]): GroupFacts[] {
  return before.map(({ group, name, counters: then, baseline, limit }) => ({
    version: group.version,
    path: group.path,
    name,
    limit: hardLimit(group) ?? limit,
    baseline,
    before: then,
    after: counters(group),
  }));
}

/** Who set the limit of a group that we made. */
export const OWN_LIMIT = '--memory';

const LIMIT_FILE = { 1: 'memory.limit_in_bytes', 2: 'memory.max' } as const;

/** Null, too, where the kernel does not count kills: what is never seen to rise would look like none. */
function counters(group: MemoryGroup): CgroupCounters | null {
  const now = cgroupCounters(group);
  return now && (now.own.kills ?? now.subtree.kills) !== null ? now : null;
}

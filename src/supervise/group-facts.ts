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

/** Call it before the attempt begins; what it returns, when it has ended and its group is there still. */
export function watchGroups({ cgroup, own }: Place): () => GroupFacts[] {
  const before = cgroup.groups.map((group) => ({
    group,
    counters: counters(group),
    baseline: cgroupUsage(group)?.unreclaimable ?? 0,
    limit: hardLimit(group),
  }));
  return () =>
    before.map(({ group, counters: then, baseline, limit }) => ({
      version: group.version,
      path: group.path,
      name:
        own === group ? OWN_LIMIT : `${groupName(group, cgroup)} (${LIMIT_FILE[group.version]})`,
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

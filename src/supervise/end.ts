/** @file The end of an attempt: what is compared with what was before, put together as the facts of a verdict. */
import { basename } from 'node:path';
import { machineMemory } from '#kernel';
import type { Before } from './before.ts';
import type { Asked, Facts, GroupFacts } from './facts.ts';
import { isThere } from './group-facts.ts';
import type { Exit } from './launch.ts';
import { sharesFirstPidNamespace } from './pid-namespace.ts';
import { killersSince } from './user-space-killers.ts';
import type { Seen } from './watch.ts';

export interface End {
  readonly pid: number;
  readonly exit: Exit;
  readonly seconds: number;
  readonly unwatchedSeconds?: number;
  /** in words, what was lost while nobody watched */
  readonly lost?: readonly string[];
  /** what was done to end it, besides what the watch did */
  readonly asked: Asked | null;
  readonly before: Before;
  /** the groups as of the end, read as soon as it was known (groupsAfter) */
  readonly groups: readonly GroupFacts[];
  readonly seen: Seen;
  /** the end of what the command printed */
  readonly output: string;
}

/** Call it before the attempt's group is removed. */
export function factsOf(end: End): Facts {
  const { pid, exit, asked, before, groups, seen } = end;
  const { place, container, limit } = before;
  const { own, cgroup, problem } = place;
  const group = own && basename(own.path);
  return {
    pid,
    exitCode: exit.code,
    signal: exit.signal,
    seconds: end.seconds,
    unwatchedSeconds: end.unwatchedSeconds ?? 0,
    asked: seen.asked ?? asked,
    groups,
    noGroup: problem,
    leftGroup: seen.leftGroup || (own !== null && !before.groups.slice(0, 1).every(isThere)),
    hidden: cgroup.hidden,
    container,
    kernelLog: seen.kernelLog,
    samePids: sharesFirstPidNamespace(),
    mostProcesses: seen.mostProcesses,
    ...killersSince(before.killerLogs, { pid, group, exitCode: exit.code }),
    limit,
    machineBytes: machineMemory().total,
    last: seen.samples.at(-1) ?? null,
    peak: seen.peak,
    output: end.output,
    trainer: seen.trainer,
    guard: seen.guard,
    lost: end.lost ?? [],
  };
}

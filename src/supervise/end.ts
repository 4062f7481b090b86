/** @file The end of an attempt: what is compared with what was before, put together as the facts of a verdict. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { machineMemory } from '#kernel';
import type { Before } from './before.ts';
import type { Asked, Facts, GroupFacts } from './facts.ts';
import type { Exit } from './launch.ts';
import { sharesFirstPidNamespace } from './pid-namespace.ts';
import { killersSince } from './user-space-killers.ts';
import type { Seen } from './watch.ts';

export interface End {
  readonly pid: number;
  readonly exit: Exit;
  readonly seconds: number;
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
export function factsOf({ pid, exit, seconds, asked, before, groups, seen, output }: End): Facts {
  const { place, container, limit } = before;
  const { own, cgroup, problem } = place;
  const group = own && basename(own.path);
  return {
    pid,
    exitCode: exit.code,
    signal: exit.signal,
    seconds,
    asked: seen.asked ?? asked,
    groups,
    noGroup: problem,
    leftGroup: seen.leftGroup || (own !== null && !existsSync(own.folder)),
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
    output,
    trainer: seen.trainer,
    guard: seen.guard,
  };
}

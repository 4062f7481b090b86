/**
 * @file A memory cgroup for one attempt: what it limits and counts is the attempt's alone.
 *
 * Made in the group of this process, or further out where that is not allowed: version 2 lets no group
 * have both processes and children with controllers (cgroup-v2.rst, "No Internal Process Constraint").
 * Never beyond a group with a limit: the attempt would escape it.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from '#base';
import { hardLimit, type MemoryCgroup, memoryCgroup, type MemoryGroup, readText } from '#kernel';

export interface Place {
  /** the attempt's own group first, then those around it, outwards; without one, those of this process */
  readonly cgroup: MemoryCgroup;
  /** null where none could be made */
  readonly own: MemoryGroup | null;
  /** why there is none */
  readonly problem: string | null;
}

/** Never throws: an attempt without a group of its own is still an attempt. */
export function makePlace(name: string, limit: number | null): Place {
  const cgroup = memoryCgroup();
  const problems: string[] = [];
  for (const [depth, parent] of cgroup.groups.entries()) {
    try {
      const own = makeGroup(parent, name, limit);
      const groups = [own, ...cgroup.groups.slice(depth)];
      return { cgroup: { ...cgroup, groups }, own, problem: null };
    } catch (error) {
      problems.push(`${parent.folder}: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (hardLimit(parent) !== null) {
      problems.push(`a group further out would escape the limit of ${parent.path}`);
      break;
    }
  }
  const problem = [...problems, ...(cgroup.hidden === null ? [] : [cgroup.hidden])].join('; ');
  return { cgroup, own: null, problem };
}

/** Why an attempt from here would have no group of its own; null where it would. Makes one, and removes it. */
export async function whyNoGroup(): Promise<string | null> {
  const place = makePlace(`plimsoll-probe-${process.pid}`, null);
  await clearPlace(place, PROBE_CLEAR_WITHIN_MS);
  return place.problem;
}

const PROBE_CLEAR_WITHIN_MS = 1000;

/**
 * Kills all that is left in the group and in groups that the command made below it, and removes them.
 * False where something in it will not end.
 */
export async function clearPlace({ own }: Place, withinMs: number): Promise<boolean> {
  if (!own) return true;
  const deadline = performance.now() + withinMs;
  while (!removed(own.folder)) {
    if (performance.now() > deadline) return false;
    killAll(own);
    await new Promise((resolve) => setTimeout(resolve, REMOVE_EVERY_MS));
  }
  return true;
}

/** Those in the group and below it. A process that has ended, reaped or not, is not in it. */
export function processesIn({ folder }: Pick<MemoryGroup, 'folder'>): number[] {
  const here = readText(join(folder, 'cgroup.procs'))?.split('\n').filter(Boolean).map(Number);
  return [...(here ?? []), ...groupsBelow(folder).flatMap((each) => processesIn({ folder: each }))];
}

/** SIGKILL to all in the group and below. */
export function killAll(own: MemoryGroup): void {
  for (const pid of processesIn(own)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended in the meantime.
    }
  }
}

const REMOVE_EVERY_MS = 5;
const LIMIT_FILE = { 1: 'memory.limit_in_bytes', 2: 'memory.max' } as const;
/**
 * What does not fit is a kill, whatever swap the machine has: a training run in swap does not end.
 * Not memory.memsw.limit_in_bytes: that is hit first, and memory.failcnt stays at 0.
 */
const SWAP_OFF = { 1: ['memory.swappiness', '0'], 2: ['memory.swap.max', '0'] } as const;

function makeGroup(parent: MemoryGroup, name: string, limit: number | null): MemoryGroup {
  const { version } = parent;
  const folder = join(parent.folder, name);
  mkdirSync(folder);
  try {
    if (!existsSync(join(folder, LIMIT_FILE[version]))) {
      // Refused (EBUSY) where the group has processes of its own.
      writeFileSync(join(parent.folder, 'cgroup.subtree_control'), '+memory');
    }
    if (limit !== null) {
      writeFileSync(join(folder, LIMIT_FILE[version]), String(limit));
      const [file, value] = SWAP_OFF[version];
      if (existsSync(join(folder, file))) writeFileSync(join(folder, file), value);
    }
    // Version 2 moves a process for those only who may write here, too ("Delegation Containment").
    accessSync(join(parent.folder, 'cgroup.procs'), constants.W_OK);
    return { version, path: join(parent.path, name), folder };
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
}

/** A group can be removed once no process is in it, and no group below. */
function removed(folder: string): boolean {
  for (const below of groupsBelow(folder)) removed(below);
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return systemCodeOf(error) === 'ENOENT';
  }
}

function groupsBelow(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch {
    return []; // the group is gone
  }
}

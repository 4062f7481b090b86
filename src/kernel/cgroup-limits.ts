/** @file The limits that memory cgroups set, and how a message names who set one. */
import type { MemoryCgroup, MemoryGroup } from './memory-cgroup.ts';
import { keyed, readNumber, readText } from './read.ts';

/**
 * Version 1 writes "no limit" as the largest number of pages, in bytes (PAGE_COUNTER_MAX:
 * LONG_MAX rounded down to a page). Pages have at most 64 KiB on the machines that Node runs on.
 * Version 2 writes `max`, which is no number.
 */
const UNLIMITED = 2 ** 63 - 2 ** 16;

/** What kills when it is reached: memory.max, memory.limit_in_bytes. Null for none. */
export function hardLimit({ version, folder }: MemoryGroup): number | null {
  return limitIn(folder, version === 2 ? 'memory.max' : 'memory.limit_in_bytes');
}

/** What slows down when it is reached, at worst for ever: memory.high of version 2. */
export function throttleLimit({ version, folder }: MemoryGroup): number | null {
  return version === 2 ? limitIn(folder, 'memory.high') : null;
}

/**
 * The smallest limit from a group of version 1 outwards, those of groups included that cannot be
 * seen (memory.stat, hierarchical_memory_limit; cgroup-v1/memory.rst). Version 2 has no such line.
 */
export function hierarchicalLimit({ version, folder }: MemoryGroup): number | null {
  const stat = version === 1 ? readText(`${folder}/memory.stat`) : null;
  return limited(stat === null ? null : keyed(stat)('hierarchical_memory_limit'));
}

/**
 * How much swap a group may use; null for as much as there is. Version 1 limits memory and swap
 * together (memory.memsw.limit_in_bytes), version 2 swap alone.
 */
export function swapLimit(group: MemoryGroup): number | null {
  if (group.version === 2) return limitIn(group.folder, 'memory.swap.max');
  const together = limitIn(group.folder, 'memory.memsw.limit_in_bytes');
  return together === null ? null : together - (hardLimit(group) ?? 0);
}

/** `cgroup /docker/ab12cd34ef56…`: who set it, short enough for a message. */
export function groupName({ path }: MemoryGroup, { hidden }: MemoryCgroup): string {
  if (path === '/')
    return hidden === null ? "the machine's root cgroup" : "this container's cgroup";
  return `cgroup ${path.replaceAll(/[0-9a-f]{24,}/g, (id) => `${id.slice(0, 12)}…`)}`;
}

function limitIn(folder: string, file: string): number | null {
  return limited(readNumber(`${folder}/${file}`));
}

function limited(bytes: number | null): number | null {
  return bytes !== null && bytes < UNLIMITED ? bytes : null;
}

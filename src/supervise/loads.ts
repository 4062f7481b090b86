/** @file What is in use under each limit that would end the command: its group's, those around, the machine. */
import {
  type CgroupUsage,
  cgroupUsage,
  groupLimits,
  MACHINE_LIMIT,
  memoryIn,
  type MemoryGroup,
  repeatedFile,
} from '#kernel';
import { OWN_LIMIT } from './group-facts.ts';
import type { Place } from './place.ts';
import type { Load } from './pressure-guard.ts';
import { watchTree } from './process-tree.ts';

/** A limit that is changed while the command runs may be noticed so late. */
const LIMITS_EVERY_MS = 1000;

export interface LoadReader {
  /** @param now what the command's own group uses */
  loads(now: CgroupUsage | null): Load[];
  close(): void;
}

/**
 * Without a group of its own the command is counted process by process, and `memory` is a limit that only we hold.
 *
 * memory.high is left out: it slows down and never kills.
 */
export function watchLoads({ cgroup, own }: Place, pid: number, memory: number | null): LoadReader {
  const tree = own === null && memory !== null ? watchTree(pid, memory) : null;
  const isOwn = (group?: MemoryGroup) => own !== null && group?.folder === own.folder;
  const find = () => groupLimits(cgroup).filter(({ kind }) => kind === 'cgroup');
  let limits = find();
  let found = performance.now();
  const machine = repeatedFile('/proc/meminfo');
  return {
    loads: (now) => {
      if (performance.now() - found >= LIMITS_EVERY_MS) {
        limits = find();
        found = performance.now();
      }
      const around = limits.map(({ bytes, from, group, counted }) => ({
        unreclaimable: (isOwn(counted) ? now : cgroupUsage(counted))?.unreclaimable ?? 0,
        limit: bytes,
        from: isOwn(group) ? OWN_LIMIT : from,
      }));
      const held =
        tree && memory !== null ? [{ unreclaimable: tree(), limit: memory, from: OWN_LIMIT }] : [];
      return [...held, ...around, machineLoad(machine.text() ?? '')];
    },
    close: () => machine.close(),
  };
}

function machineLoad(meminfo: string): Load {
  const { total, available } = memoryIn(meminfo);
  return { unreclaimable: total - available, limit: total, from: MACHINE_LIMIT };
}

/** @file What is in use under each limit that would end the command: its group's, those around, the machine. */
import { bindingLimit } from '#kernel';
import { OWN_LIMIT } from './group-facts.ts';
import type { Place } from './place.ts';
import type { Load } from './pressure-guard.ts';
import { watchTree } from './process-tree.ts';

/**
 * What to call at each look, about 150 µs. Without a group of its own the command is counted process by
 * process, and `memory` is a limit that only we hold.
 *
 * memory.high is left out: it slows down and never kills.
 */
export function watchLoads({ cgroup, own }: Place, pid: number, memory: number | null) {
  const tree = own === null && memory !== null ? watchTree(pid, memory) : null;
  return (): Load[] => {
    const around = bindingLimit({ cgroup })
      .candidates.filter(({ kind }) => kind === 'cgroup' || kind === 'machine')
      .map(({ bytes, used, from, group }) => ({
        unreclaimable: used,
        limit: bytes,
        from: own !== null && group?.folder === own.folder ? OWN_LIMIT : from,
      }));
    if (tree === null || memory === null) return around;
    return [{ unreclaimable: tree(), limit: memory, from: OWN_LIMIT }, ...around];
  };
}

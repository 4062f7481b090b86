/** @file What an attempt's processes hold at this moment, found by its trainer's process. */
import { cgroupUsage, memoryCgroup, type MemoryCgroup, processStatus } from '#kernel';

export interface MemoryNow {
  readonly unreclaimable: number;
  readonly file: number;
}

/** Its group where it has one of its own; else the process alone. Null where it has ended. */
export function memoryOf(pid: number): MemoryNow | null {
  const status = processStatus(pid);
  if (!status) return null;
  const group = ownGroup(memoryCgroup(pid));
  const { unreclaimable, file } = (group && cgroupUsage(group)) ?? status;
  return { unreclaimable, file };
}

/** As supervise/ names those that it makes. */
function ownGroup({ groups }: MemoryCgroup) {
  const [group] = groups;
  return group && /\/plimsoll-[^/]+$/.test(group.path) ? group : null;
}

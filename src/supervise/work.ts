/** @file What an attempt's processes have done so far: processor time, bytes from and to disks. */
import { join } from 'node:path';
import { keyed, type MemoryGroup, readText } from '#kernel';

export interface Work {
  /** seconds of processor time */
  readonly cpu: number | null;
  /** bytes read from disks and written to them */
  readonly read: number | null;
  readonly written: number | null;
}

/**
 * Version 2 counts all that ever ran in a group. Else it is the sum over the processes that are there now, with
 * those of their children that they waited for; a child that nobody waited for takes its share along, so a sum
 * counts only where it is higher than the last one.
 */
export function watchWork(
  own: MemoryGroup | null,
): (pids: readonly number[], main: number) => Work {
  let sum: Work = NONE;
  return (pids, main) => {
    const some = pids.length > MOST_PROCESSES ? pids.slice(0, MOST_PROCESSES) : pids;
    const each = (some.includes(main) ? some : [main, ...some]).map(processWork);
    sum = [sum, each.reduce(added, NONE)].reduce(higher);
    return { ...sum, cpu: (own && groupCpu(own)) ?? sum.cpu };
  };
}

/** Two files each, some 15 µs: ten times a second a tenth of this is one per cent of a core. */
const MOST_PROCESSES = 64;
const NONE: Work = { cpu: null, read: null, written: null };

/** cpu.stat is in every group of version 2, whatever controllers it has (cgroup-v2.rst). */
function groupCpu({ version, folder }: MemoryGroup): number | null {
  if (version === 1) return null;
  const used = keyed(readText(join(folder, 'cpu.stat')) ?? '')('usage_usec');
  return used === null ? null : used / 1e6;
}

function processWork(pid: number): Work {
  const io = keyed(readText(`/proc/${pid}/io`)?.replaceAll(':', '') ?? '');
  return { cpu: processCpu(pid), read: io('read_bytes'), written: io('write_bytes') };
}

/** /proc/PID/stat (proc(5)), user and system time with those of children that were waited for. */
function processCpu(pid: number): number | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name, in parentheses, may hold anything; the fields after it begin with the third.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND;
}

/** USER_HZ: 100 on all machines that Node runs on. */
const TICKS_A_SECOND = 100;

const added = combined((a, b) => a + b);
const higher = combined(Math.max);

/** Field by field; what is not known counts for nothing. */
function combined(of: (a: number, b: number) => number): (a: Work, b: Work) => Work {
  const field = (a: number | null, b: number | null) =>
    a === null || b === null ? (a ?? b) : of(a, b);
  return (a, b) => ({
    cpu: field(a.cpu, b.cpu),
    read: field(a.read, b.read),
    written: field(a.written, b.written),
  });
}

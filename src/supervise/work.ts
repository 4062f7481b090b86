/** @file What an attempt's processes have done so far: processor time, bytes from and to disks. */
import { keyed, type MemoryGroup, readText, repeatedFile } from '#kernel';

export interface Work {
  /** seconds of processor time */
  readonly cpu: number | null;
  /** bytes read from disks and written to them */
  readonly read: number | null;
  readonly written: number | null;
}

export interface WorkReader {
  /** @param pids those in the group now */
  work(pids: readonly number[]): Work;
  close(): void;
}

/**
 * Version 2 counts all that ever ran in a group. Else it is the sum over the processes that are there now, with
 * those of their children that they waited for; a child that nobody waited for takes its share along, so a sum
 * counts only where it is higher than the last one.
 */
export function watchWork(own: MemoryGroup | null, main: number): WorkReader {
  let sum: Work = NONE;
  const stat = repeatedFile(`/proc/${main}/stat`);
  const io = repeatedFile(`/proc/${main}/io`);
  const group = own?.version === 2 ? repeatedFile(`${own.folder}/cpu.stat`) : null;
  return {
    work: (pids) => {
      const others = pids.filter((pid) => pid !== main).slice(0, MOST_PROCESSES);
      const each = others.map((pid) =>
        workIn(readText(`/proc/${pid}/stat`), readText(`/proc/${pid}/io`)),
      );
      sum = higher(sum, each.reduce(added, workIn(stat.text(), io.text())));
      return { ...sum, cpu: (group && groupCpu(group.text())) ?? sum.cpu };
    },
    close: () => [stat, io, group].forEach((file) => file?.close()),
  };
}

/** Two files each, some 15 µs: ten times a second a tenth of this is one per cent of a core. */
const MOST_PROCESSES = 64;
const NONE: Work = { cpu: null, read: null, written: null };

/** cpu.stat is in every group of version 2, whatever controllers it has (cgroup-v2.rst). */
function groupCpu(text: string | null): number | null {
  const used = keyed(text ?? '')('usage_usec');
  return used === null ? null : used / 1e6;
}

/** From /proc/PID/stat and /proc/PID/io (proc(5)). */
function workIn(stat: string | null, io: string | null): Work {
  const bytes = keyed(io ?? '');
  return { cpu: cpuIn(stat), read: bytes('read_bytes:'), written: bytes('write_bytes:') };
}

/** User and system time, with those of children that were waited for. */
function cpuIn(stat: string | null): number | null {
  if (stat === null) return null;
  // The name, in parentheses, may hold anything; the fields after it begin with the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 15);
  return fields.slice(11).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_A_SECOND;
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

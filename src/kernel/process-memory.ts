/** @file What one process holds: what the kernel cannot take back, and pages of files. */
import { join } from 'node:path';
import { MACHINE } from './memory-cgroup.ts';
import { kibibytes, readText } from './read.ts';

/** The two figures that a training step reports. */
export interface ResidentMemory {
  /** anonymous and shared pages */
  readonly anon: number;
  /** pages of files */
  readonly file: number;
}

export interface ProcessMemory {
  /** smaps_rollup counts pages; status adds up counters that may lag by some pages a thread */
  readonly source: 'smaps_rollup' | 'status';
  /** all of it that is in memory */
  readonly resident: number;
  /** the most of it that ever was (VmHWM) */
  readonly peakResident: number;
  readonly anonymous: number;
  /** shared memory and tmpfs that it has touched */
  readonly shared: number;
  readonly pageTables: number;
  /** the three above; what no other process could free */
  readonly unreclaimable: number;
  readonly file: number;
  readonly swapped: number;
  /** pages that other processes have mapped too count in parts; null where only status can be read */
  readonly proportional: number | null;
  /** pages that no other process has mapped; null where only status can be read */
  readonly alone: number | null;
  /** all address space, and the part that is private and writable: what RLIMIT_AS and _DATA limit */
  readonly addressSpace: number;
  readonly privateWritable: number;
}

/**
 * What this process holds, as its events tell it. About 20 µs, so at each step. Where there is no
 * /proc, all of the resident set counts as anonymous.
 */
export function residentMemory(): ResidentMemory {
  const now = processStatus();
  if (!now) return { anon: process.memoryUsage.rss(), file: 0 }; // no Linux: no split
  return { anon: now.anonymous + now.shared, file: now.file };
}

/**
 * From /proc/PID/smaps_rollup (filesystems/proc.rst), which walks the page tables: near a
 * millisecond for a small Node process, more for larger ones, which it also slows meanwhile. Falls
 * back to status where the rollup is not ours to read.
 */
export function processMemory(
  pid: number = process.pid,
  root: string = MACHINE,
): ProcessMemory | null {
  const status = processStatus(pid, root);
  const field = kibibytes(readText(join(root, `proc/${pid}/smaps_rollup`)) ?? '');
  const resident = field('Rss');
  if (!status || resident === null) return status; // at a process's end the rollup is empty
  const bytes = (name: string) => field(name) ?? 0;
  return withSums({
    ...status,
    source: 'smaps_rollup',
    resident,
    anonymous: bytes('Anonymous'),
    swapped: bytes('Swap'),
    proportional: bytes('Pss'),
    alone: bytes('Private_Clean') + bytes('Private_Dirty'),
  });
}

/**
 * From /proc/PID/status alone (VmRSS = RssAnon + RssFile + RssShmem; proc(5)). Null once the process
 * has ended, or where it is not ours to see.
 */
export function processStatus(
  pid: number = process.pid,
  root: string = MACHINE,
): ProcessMemory | null {
  const text = readText(join(root, `proc/${pid}/status`));
  const field = kibibytes(text ?? '');
  const resident = field('VmRSS');
  if (resident === null) return null; // a zombie has a status, and no memory
  const bytes = (name: string) => field(name) ?? 0;
  return withSums({
    source: 'status',
    resident,
    peakResident: bytes('VmHWM'),
    anonymous: bytes('RssAnon'),
    shared: bytes('RssShmem'), // the rollup has it in proportion only
    pageTables: bytes('VmPTE'),
    swapped: bytes('VmSwap'),
    proportional: null,
    alone: null,
    addressSpace: bytes('VmSize'),
    privateWritable: bytes('VmData'),
  });
}

function withSums(parts: Omit<ProcessMemory, 'unreclaimable' | 'file'>): ProcessMemory {
  const { resident, anonymous, shared, pageTables } = parts;
  return {
    ...parts,
    unreclaimable: anonymous + shared + pageTables,
    // The two files are read one after the other: a difference may fall below zero.
    file: Math.max(resident - anonymous - shared, 0),
  };
}

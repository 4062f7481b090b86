/** @file What the whole machine has: /proc/meminfo (filesystems/proc.rst). */
import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { MACHINE } from './memory-cgroup.ts';
import { kibibytes, readText } from './read.ts';

export interface MachineMemory {
  readonly total: number;
  /** the kernel's estimate of what can still be allocated without swapping */
  readonly available: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

/** Where there is no /proc, what Node knows of the machine. */
export function machineMemory(root: string = MACHINE): MachineMemory {
  return memoryIn(readText(join(root, 'proc/meminfo')) ?? '');
}

/** From the text of /proc/meminfo, for those who read it ten times a second. */
export function memoryIn(meminfo: string): MachineMemory {
  const field = kibibytes(meminfo);
  return {
    total: field('MemTotal') ?? totalmem(),
    available: field('MemAvailable') ?? freemem(),
    swapTotal: field('SwapTotal') ?? 0,
    swapFree: field('SwapFree') ?? 0,
  };
}

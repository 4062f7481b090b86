/** @file /proc/PID/limits: the limits that a process inherits (`ulimit`, LimitAS= of systemd). */
import { join } from 'node:path';
import { MACHINE } from './memory-cgroup.ts';
import { readText } from './read.ts';

export interface Rlimits {
  /** RLIMIT_AS (`ulimit -v`): all address space. Null for unlimited */
  readonly addressSpace: number | null;
  /** RLIMIT_DATA (`ulimit -d`): private writable address space, since Linux 4.7 */
  readonly privateWritable: number | null;
}

/** The soft limits, which are those that bind (getrlimit(2)). */
export function rlimits(pid: number = process.pid, root: string = MACHINE): Rlimits {
  const text = readText(join(root, `proc/${pid}/limits`)) ?? '';
  return {
    addressSpace: soft(text, 'Max address space'),
    privateWritable: soft(text, 'Max data size'),
  };
}

function soft(text: string, name: string): number | null {
  const [, value] = new RegExp(`^${name} +(\\d+|unlimited) `, 'm').exec(text) ?? [];
  return value === undefined || value === 'unlimited' ? null : Number(value);
}

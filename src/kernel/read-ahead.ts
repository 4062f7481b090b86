/** @file How much the kernel reads around a page that is not in memory (admin-guide/abi: sysfs-class-bdi). */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MACHINE } from './memory-cgroup.ts';
import { readNumber } from './read.ts';

/**
 * Bytes, for a file that is mapped or read in sequence. Where the file's own device has no such setting,
 * as with the layers of a container, the largest of this machine's.
 */
export function readAheadBytes(file: string, root: string = MACHINE): number {
  const devices = join(root, 'sys/class/bdi');
  const own = statSync(file, { throwIfNoEntry: false });
  const known = own && settingOf(join(devices, deviceName(own.dev)));
  return (
    known ?? Math.max(DEFAULT_BYTES, ...foldersIn(devices).map((each) => settingOf(each) ?? 0))
  );
}

/** VM_READAHEAD_PAGES (include/linux/mm.h) */
const DEFAULT_BYTES = 128 * 1024;

function settingOf(device: string): number | null {
  const kib = readNumber(join(device, 'read_ahead_kb'));
  return kib === null ? null : kib * 1024;
}

/** `254:0`, from the number as glibc composes it (gnu_dev_makedev). */
function deviceName(device: number): string {
  const number = BigInt(device);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffff_ff00n);
  return `${major}:${minor}`;
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** @file What this process holds, as its events tell it: anonymous and file pages apart. */
import { readFileSync } from 'node:fs';
import type { MemorySample } from '#protocol';

/**
 * From /proc/self/status (VmRSS = RssAnon + RssFile + RssShmem; proc(5)), which is cheap to read at
 * each step. Where there is no /proc, all of the resident set counts as anonymous.
 */
export function processMemory(): MemorySample {
  let status: string;
  try {
    status = readFileSync('/proc/self/status', 'utf8');
  } catch {
    return { anon: process.memoryUsage.rss(), file: 0 }; // no Linux: no split
  }
  const bytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { anon: bytes('RssAnon') + bytes('RssShmem'), file: bytes('RssFile') };
}

/**
 * @file Programs that kill before the kernel does: which run here, and what their logs say of a process.
 * Only logs in files are read; a journal that needs journalctl(1) is not.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '#kernel';

const KILLERS: ReadonlySet<string> = new Set(['earlyoom', 'systemd-oomd', 'oomd', 'nohang']);

/** Where syslog daemons put what they hear. */
export const SYSTEM_LOGS = ['/var/log/syslog', '/var/log/messages', '/var/log/daemon.log'] as const;

/** The end of a log is enough: it is read right after the kill. */
const TAIL_BYTES = 256 * 1024;

export function killersRunning(): string[] {
  const found = new Set<string>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const name = readText(join('/proc', pid, 'comm'))?.trim() ?? '';
    if (KILLERS.has(name)) found.add(name);
  }
  return [...found];
}

/** Where each log ends now: what it says later is news. */
export function logEnds(files: readonly string[] = SYSTEM_LOGS): ReadonlyMap<string, number> {
  return new Map(files.map((file) => [file, sizeOf(file)]));
}

/** Lines since then in which such a program tells that it kills process `pid`, or a group of that name. */
export function killerLines(
  since: ReadonlyMap<string, number>,
  pid: number,
  group: string | null,
): string[] {
  return [...since].flatMap(([file, size]) =>
    textFrom(file, size)
      .split('\n')
      .filter((line) => tellsOfKill(line, pid, group)),
  );
}

/**
 * earlyoom 1.7: `sending SIGKILL to process 12 uid 0 "python3": badness 900, VmRSS 300 MiB`.
 * systemd-oomd 252: `Killed /a.slice/b.scope due to memory pressure for /a.slice being 70% ...`.
 */
function tellsOfKill(line: string, pid: number, group: string | null): boolean {
  const sent = /sending SIG(?:TERM|KILL) to process (\d+)\b/i.exec(line);
  if (sent) return Number(sent[1]) === pid;
  const killed = /Killed (\/\S+) due to memory (?:pressure|used)/.exec(line);
  return killed !== null && group !== null && `${killed[1]}/`.includes(`/${group}/`);
}

function sizeOf(file: string): number {
  const fd = opened(file);
  if (fd === null) return 0;
  const { size } = fstatSync(fd);
  closeSync(fd);
  return size;
}

function textFrom(file: string, since: number): string {
  const fd = opened(file);
  if (fd === null) return '';
  const { size } = fstatSync(fd);
  const from = Math.max(size < since ? 0 : since, size - TAIL_BYTES); // smaller: it was rotated
  const buffer = Buffer.alloc(Math.max(size - from, 0));
  readSync(fd, buffer, 0, buffer.length, from);
  closeSync(fd);
  return buffer.toString();
}

function opened(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch {
    return null; // no such log, or not ours to read
  }
}

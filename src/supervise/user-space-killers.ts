/**
 * @file Programs that kill before the kernel does: which run here, and what their logs say of an attempt.
 * Logs in files are read from where they ended when the attempt began; the journal only where such a program
 * runs and the files do not tell.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { join } from 'node:path';
import { readText } from '#kernel';
import { journalLines } from './journal.ts';

export interface KillerFacts {
  /** lines of theirs that name the attempt */
  readonly killerLines: readonly string[];
  /** those that run here */
  readonly killersRunning: readonly string[];
}

/** How an attempt ended that such a program may have ended. */
export interface SuspiciousEnd {
  readonly pid: number;
  /** the name of its group; null where it had none */
  readonly group: string | null;
  readonly exitCode: number | null;
}

const KILLERS: ReadonlySet<string> = new Set(['earlyoom', 'systemd-oomd', 'oomd', 'nohang']);

/** Where syslog daemons put what they hear. */
const SYSTEM_LOGS = ['/var/log/syslog', '/var/log/messages', '/var/log/daemon.log'] as const;

/** The end of a log is enough: it is read right after the kill. */
const TAIL_BYTES = 256 * 1024;

/** Where the logs ended before an attempt. Plain data. */
export interface LogMarks {
  /** milliseconds (Date.now) */
  readonly time: number;
  readonly logs: readonly { readonly file: string; readonly bytes: number }[];
}

/** Call it before the attempt begins. */
export function markLogs(files: readonly string[] = SYSTEM_LOGS): LogMarks {
  return { time: Date.now(), logs: files.map((file) => ({ file, bytes: sizeOf(file) })) };
}

/** Call it when the attempt has ended. */
export function killersSince(
  { time, logs }: LogMarks,
  { pid, group, exitCode }: SuspiciousEnd,
): KillerFacts {
  const tells = (line: string) => tellsOfKill(line, pid, group);
  const lines = logs.flatMap(({ file, bytes }) => textFrom(file, bytes).split('\n').filter(tells));
  // A program that they sent SIGTERM may exit with 0, and only its log tells; but the search is not free.
  const running = exitCode === 0 ? [] : killersRunning();
  if (lines.length > 0 || running.length === 0) {
    return { killerLines: lines, killersRunning: running };
  }
  const journal = journalLines(running, time)?.filter(tells) ?? [];
  return { killerLines: journal, killersRunning: running };
}

export function killersRunning(): string[] {
  const found = new Set<string>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const name = readText(join('/proc', pid, 'comm'))?.trim() ?? '';
    if (KILLERS.has(name) && !isShutIn(pid)) found.add(name);
  }
  return [...found];
}

/** In a PID namespace below ours, a container's: it sees, and can kill, only what is in there as well. */
function isShutIn(pid: string): boolean {
  const own = pidNamespaceOf('self');
  const other = pidNamespaceOf(pid);
  return own !== null && other !== null && own !== other;
}

/** Null where it cannot be read: another user's process. */
function pidNamespaceOf(pid: string): string | null {
  try {
    return readlinkSync(join('/proc', pid, 'ns/pid'));
  } catch {
    return null;
  }
}

/** Those, and what systemd starts on demand: the socket of systemd-oomd is there before its process. */
export function killersHere(): string[] {
  const waiting = OOMD_SOCKETS.some((socket) => existsSync(socket)) ? ['systemd-oomd'] : [];
  return [...new Set([...killersRunning(), ...waiting])];
}

/** systemd-oomd.socket; the second is its name in systemd 252. */
const OOMD_SOCKETS = [
  '/run/systemd/oom/io.systemd.ManagedOOM',
  '/run/systemd/oom/io.system.ManagedOOM',
];

/** Where they can be read of: what syslog daemons write, and the journal. */
export function killerLogs(): string[] {
  const files = SYSTEM_LOGS.filter((file) => {
    const fd = opened(file);
    if (fd !== null) closeSync(fd);
    return fd !== null;
  });
  return [...files, ...(journalLines(['plimsoll'], Date.now()) === null ? [] : ['journal'])];
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

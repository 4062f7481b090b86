/**
 * @file The kernel's log while an attempt runs: /dev/kmsg (Documentation/ABI/testing/dev-kmsg).
 *
 * Read as it is written, since it is a ring: what a busy machine writes later would push a kill out. Only
 * lines of OOM kills are kept.
 */
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { systemCodeOf } from '#base';
import { type OomKill, oomLine, parseOomKills } from './oom-kills.ts';

export type KernelLog =
  /** `gap`: why it may have said more than was read; null where all was read */
  | { readonly readable: true; readonly kills: readonly OomKill[]; readonly gap: string | null }
  | { readonly readable: false; readonly reason: string };

export interface KernelLogReader {
  /** takes in what has been written since the last call; some 3 µs a line */
  read(): void;
  log(): KernelLog;
  /** for another reader to go on from; null where it cannot be read, or its place is not known */
  mark(): KernelLogMark | null;
  close(): void;
}

/** How far it has been read, of this boot. Plain data. */
export interface KernelLogMark {
  /** of the last record; records are numbered from 0 on; -1 for none */
  readonly sequence: number;
  /** of OOM kills, read so far */
  readonly lines: readonly string[];
  readonly gap: string | null;
}

/**
 * @param from what the log holds already is passed over up to there; null for all of it; `now` for all of it,
 *   quickly: then its place is not known before something is written into it
 */
export function openKernelLog(
  device = '/dev/kmsg',
  from: KernelLogMark | 'now' | null = null,
): KernelLogReader {
  const before = from === 'now' ? null : from;
  const lines = [...(before?.lines ?? [])];
  let gap = before?.gap ?? null;
  let sequence = before?.sequence ?? -1;
  const take = (record: string) => {
    const number = Number.parseInt(record.slice(record.indexOf(',') + 1), 10);
    if (number <= sequence) return;
    if (number > sequence + 1 && sequence >= 0) gap = OVERWRITTEN;
    sequence = number;
    const line = oomLine(record);
    if (line !== null && lines.length < MOST_LINES) lines.push(line);
  };
  const passOver = (record: string) => {
    sequence = Number.parseInt(record.slice(record.indexOf(',') + 1), 10);
  };
  const lost = () => {
    if (sequence < 0) gap = OVERWRITTEN; // later the numbers tell
  };
  let fd: number;
  try {
    fd = openSync(device, constants.O_RDONLY | constants.O_NONBLOCK);
    // Opening may be allowed where reading is not.
    if (from === 'now') skipAll(fd);
    else drain(fd, from === null ? passOver : take);
  } catch (error) {
    const reason = REASONS[systemCodeOf(error) ?? ''] ?? messageOf(error);
    const log = { readable: false, reason: `${device}: ${reason}` } as const;
    return { read: () => {}, log: () => log, mark: () => null, close: () => {} };
  }
  return {
    read: () => drain(fd, take, lost),
    log: () => ({ readable: true, kills: parseOomKills(lines), gap }),
    mark: () => (from === 'now' && sequence < 0 ? null : { sequence, lines: [...lines], gap }),
    close: () => closeSync(fd),
  };
}

/** A run that loses a thousand children has shown what it had to show. */
const MOST_LINES = 4000;
/** The kernel's own bound of one record (CONSOLE_EXT_LOG_MAX, and before that 8 KiB). */
const LONGEST_RECORD = 8192;

const REASONS: Readonly<Record<string, string>> = {
  EPERM: 'not allowed (kernel.dmesg_restrict)',
  EACCES: 'permission denied',
  ENOENT: 'there is none here',
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const OVERWRITTEN = 'a part of it was overwritten before it was read';

/** @param lost is called where records were overwritten before they were read; the next is there */
function drain(fd: number, take: (record: string) => void, lost = (): void => {}): void {
  const buffer = Buffer.allocUnsafe(LONGEST_RECORD);
  for (;;) {
    try {
      const length = readSync(fd, buffer); // one record a call
      if (length === 0) throw new Error('it ends, as the kernel log never does');
      take(buffer.toString('utf8', 0, length));
    } catch (error) {
      const code = systemCodeOf(error);
      if (code === 'EAGAIN') return;
      if (code !== 'EPIPE') throw error;
      lost();
    }
  }
}

/**
 * Node cannot seek. But it reads a file to its end in one call: of 2,500 records that takes 1 ms, where a call for
 * each takes 8. It ends with the refusal to wait for more (EAGAIN), and what was read is nowhere.
 */
function skipAll(fd: number): void {
  for (;;) {
    try {
      readFileSync(fd, 'utf8');
      throw new Error('it ends, as the kernel log never does');
    } catch (error) {
      const code = systemCodeOf(error);
      if (code === 'EAGAIN') return;
      if (code !== 'EPIPE') throw error;
    }
  }
}

/**
 * @file The kernel's log while an attempt runs: /dev/kmsg (Documentation/ABI/testing/dev-kmsg).
 *
 * Read as it is written, since it is a ring: what a busy machine writes later would push a kill out. Only
 * lines of OOM kills are kept.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
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
  /** for another reader to go on from; null where it cannot be read */
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

/** @param from what the log holds already is passed over up to there; null for all of it */
export function openKernelLog(
  device = '/dev/kmsg',
  from: KernelLogMark | null = null,
): KernelLogReader {
  const lines = [...(from?.lines ?? [])];
  let gap = from?.gap ?? null;
  let sequence = from?.sequence ?? -1;
  const take = (record: string) => {
    const number = Number.parseInt(record.slice(record.indexOf(',') + 1), 10);
    if (number <= sequence) return;
    if (number > sequence + 1 && sequence >= 0)
      gap = 'a part of it was overwritten before it was read';
    sequence = number;
    const line = oomLine(record);
    if (line !== null && lines.length < MOST_LINES) lines.push(line);
  };
  const passOver = (record: string) => {
    sequence = Number.parseInt(record.slice(record.indexOf(',') + 1), 10);
  };
  let fd: number;
  try {
    fd = openSync(device, constants.O_RDONLY | constants.O_NONBLOCK);
    drain(fd, from === null ? passOver : take); // opening may be allowed where reading is not
  } catch (error) {
    const reason = REASONS[systemCodeOf(error) ?? ''] ?? messageOf(error);
    const log = { readable: false, reason: `${device}: ${reason}` } as const;
    return { read: () => {}, log: () => log, mark: () => null, close: () => {} };
  }
  return {
    read: () => drain(fd, take),
    log: () => ({ readable: true, kills: parseOomKills(lines), gap }),
    mark: () => ({ sequence, lines: [...lines], gap }),
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

function drain(fd: number, take: (record: string) => void): void {
  const buffer = Buffer.allocUnsafe(LONGEST_RECORD);
  for (;;) {
    try {
      const length = readSync(fd, buffer); // one record a call
      if (length === 0) throw new Error('it ends, as the kernel log never does');
      take(buffer.toString('utf8', 0, length));
    } catch (error) {
      const code = systemCodeOf(error);
      if (code === 'EAGAIN') return;
      if (code !== 'EPIPE') throw error; // EPIPE: overwritten before it was read; the next is there
    }
  }
}

/**
 * @file How long processes wait for memory: pressure stall information (accounting/psi.rst).
 *
 * The averages are of the last 10, 60 and 300 seconds, updated every two: fine for a report, slow
 * for a guard. `total` is exact; its difference over a time is the share of that time lost.
 */
import { join } from 'node:path';
import { MACHINE, type MemoryGroup } from './memory-cgroup.ts';
import { readText } from './read.ts';
import { repeatedFile } from './repeated-file.ts';

export interface Stall {
  /** per cent of the time */
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  /** microseconds since the start of the machine or group */
  readonly total: number;
}

export interface Pressure {
  /** some process waited */
  readonly some: Stall;
  /** all that had work waited */
  readonly full: Stall;
}

/** Null where the kernel does not tell: groups of version 1, `psi=0`, before Linux 4.20. */
export function pressure(of: MemoryGroup | 'machine', root: string = MACHINE): Pressure | null {
  const file =
    of === 'machine' ? join(root, 'proc/pressure/memory') : join(of.folder, 'memory.pressure');
  const text = readText(file);
  const [some, full] = ['some', 'full'].map((name) => stall(text ?? '', name));
  return some && full ? { some, full } : null;
}

export interface StallReader {
  /** microseconds so far in which some process waited: `some.total` */
  stalled(): number | null;
  close(): void;
}

/** For those who ask ten times a second. */
export function stallReader(of: MemoryGroup | 'machine'): StallReader {
  const file = repeatedFile(
    of === 'machine' ? '/proc/pressure/memory' : `${of.folder}/memory.pressure`,
  );
  return {
    stalled: () => {
      const text = file.text() ?? '';
      const at = text.indexOf(TOTAL); // the first line is that of `some`
      return at < 0 ? null : Number.parseInt(text.slice(at + TOTAL.length), 10);
    },
    close: () => file.close(),
  };
}

const TOTAL = ' total=';

/** `some avg10=0.00 avg60=0.12 avg300=1.50 total=123456` */
function stall(text: string, name: string): Stall | null {
  const line = new RegExp(`^${name} avg10=(\\S+) avg60=(\\S+) avg300=(\\S+) total=(\\d+)$`, 'm');
  const found = line.exec(text);
  if (!found) return null;
  const [avg10 = 0, avg60 = 0, avg300 = 0, total = 0] = found.slice(1).map(Number);
  return { avg10, avg60, avg300, total };
}

/**
 * @file Memory of a process and its descendants, read from outside while they work. Both sides of a
 * comparison are read by this, so that neither pays for measuring itself.
 */
import { readFileSync } from 'node:fs';

export interface PeakMemory {
  /** the most that was resident, exact where there was one process (VmHWM) */
  readonly peakRssBytes: number;
  /** the reading with the most anonymous bytes: those that the kernel cannot take back */
  readonly anonymousBytes: number;
  /** pages of files in that reading, which it can */
  readonly fileBytes: number;
  readonly readings: number;
  /** the most anonymous bytes while each phase lasted, by its name */
  readonly phases: Readonly<Record<string, number>>;
}

export interface MemoryWatch {
  /** what is read from now on belongs to this phase */
  readonly enter: (phase: string) => void;
  readonly stop: () => PeakMemory;
}

/**
 * Reads every `everyMs` until stopped. A peak shorter than that can be missed in the split into
 * anonymous and file pages; the kernel's own high-water mark misses none.
 */
export function watchMemory(pid: number, everyMs: number): MemoryWatch {
  const highWater = new Map<number, number>();
  let most = { anonymousBytes: 0, fileBytes: 0 };
  let readings = 0;
  let phase = 'start';
  const phases: Record<string, number> = {};
  const read = (): void => {
    const now = { anonymousBytes: 0, fileBytes: 0 };
    for (const process of family(pid)) {
      const [resident, anonymous] = bytesOf(`/proc/${process}/smaps_rollup`, PAGES) ?? [];
      const [peak] = bytesOf(`/proc/${process}/status`, ['VmHWM']) ?? [];
      if (resident === undefined || anonymous === undefined || peak === undefined) continue;
      now.anonymousBytes += anonymous;
      now.fileBytes += resident - anonymous;
      highWater.set(process, peak);
    }
    readings++;
    phases[phase] = Math.max(phases[phase] ?? 0, now.anonymousBytes);
    if (now.anonymousBytes > most.anonymousBytes) most = now;
  };
  const timer = setInterval(read, everyMs);
  return {
    enter: (next) => {
      phase = next;
    },
    stop: () => {
      clearInterval(timer);
      const peakRssBytes = [...highWater.values()].reduce((sum, bytes) => sum + bytes, 0);
      return { peakRssBytes, ...most, readings, phases };
    },
  };
}

const PAGES = ['Rss', 'Anonymous'];

/** A process and all that it started. */
function family(pid: number): number[] {
  const children = readOrNull(`/proc/${pid}/task/${pid}/children`)?.trim();
  return [pid, ...(children ? children.split(' ').flatMap((child) => family(Number(child))) : [])];
}

/** Bytes of lines such as `Rss:  1234 kB`, in the order of the names. Null once the process ends. */
function bytesOf(file: string, names: readonly string[]): readonly number[] | null {
  const text = readOrNull(file);
  if (text === null) return null;
  const found = names.map((name) => new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
  // A process that is ending has no memory left to tell of: its file lacks the lines.
  if (found.includes(undefined)) return null;
  return found.map((kib) => Number(kib) * 1024);
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

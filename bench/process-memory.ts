/**
 * @file Memory of a process and its descendants, read from outside while they work. Both sides of a
 * comparison are read by this, so that neither pays for measuring itself.
 */
import { readFileSync } from 'node:fs';
import { processMemory } from '#kernel';

export interface PeakMemory {
  /** the most that was resident, exact where there was one process (VmHWM) */
  readonly peakRssBytes: number;
  /** the reading with the most anonymous and shared bytes: those that the kernel cannot take back */
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
      const memory = processMemory(process);
      if (!memory) continue; // it is ending
      now.anonymousBytes += memory.anonymous + memory.shared;
      now.fileBytes += memory.file;
      highWater.set(process, memory.peakResident);
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

/** A process and all that it started. */
function family(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(family)];
}

function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return list.split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // it has ended
  }
}

/** @file What watches an attempt while it runs: its memory, the guard, the time, its trainer, the kernel's log. */
import type { CgroupUsage } from '#kernel';
import type { Asked, GuardNote } from './facts.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { type Guard, type GuardPolicy, startGuard } from './guard.ts';
import type { KernelLog, KernelLogReader } from './kernel-log.ts';
import type { Place } from './place.ts';
import { type Sample, startSampling } from './samples.ts';
import type { TrainerEvents } from './trainer-events.ts';
import type { TrainerFacts } from './trainer-facts.ts';

export interface Watched {
  /** of the main process, which leads a process group */
  readonly pid: number;
  readonly place: Place;
  /** bytes of its own limit; null for none */
  readonly memory: number | null;
  readonly guard: GuardPolicy;
  /** ours of the pipe that is its file descriptor 3; null where it has none */
  readonly descriptor: number | null;
  /** from now; null for as long as it takes */
  readonly timeoutSeconds: number | null;
  readonly trainer: TrainerEvents;
  readonly kernelLog: KernelLogReader;
  /** how long it has run already; 0 for one that has just begun */
  readonly sinceStart: number;
  /** of guard and deadline: before a signal that asks for the end is sent */
  readonly onSignal: () => void;
  /** after each look */
  readonly onLook: () => void;
}

/** All that was seen of an attempt while it ran. */
export interface Seen {
  readonly samples: readonly Sample[];
  readonly peak: Sample | null;
  readonly mostProcesses: number;
  readonly leftGroup: boolean;
  /** what the guard or the deadline did to end it */
  readonly asked: Asked | null;
  readonly guard: readonly GuardNote[];
  readonly kernelLog: KernelLog;
  readonly trainer: TrainerFacts | null;
}

export interface Watch {
  /** Call it as soon as the attempt has ended: nothing is done to it from then on. */
  stop(): void;
  /** what was seen up to now */
  seen(): Seen;
  /** Takes in all that the trainer and the kernel's log have told. */
  readAll(): Promise<void>;
}

/** No machine writes its whole log anew in that time. */
const LOG_EVERY_MS = 1000;

export function startWatch(watched: Watched): Watch {
  const { pid, place, memory, descriptor, trainer, kernelLog } = watched;
  const { timeoutSeconds, sinceStart, onSignal, onLook } = watched;
  const began = performance.now() - 1000 * sinceStart;
  const deadline: Deadline = startDeadline(timeoutSeconds, watched, sinceStart, onSignal);
  const listener = { pid, place, descriptor, trainer: () => trainer.facts() };
  const guard: Guard = startGuard(watched.guard, listener, memory, began, onSignal);
  let logRead = began;
  const look = (now: CgroupUsage | null) => {
    if (performance.now() - logRead >= LOG_EVERY_MS) {
      kernelLog.read();
      logRead = performance.now();
    }
    void trainer.read();
    const soon = guard.look(now);
    onLook();
    return soon;
  };
  const sampling = startSampling(pid, place.own, look, began);
  return {
    stop: () => {
      sampling.stop();
      guard.stop();
      deadline.stop();
    },
    readAll: async () => {
      kernelLog.read();
      await trainer.read();
    },
    seen: () => {
      return {
        samples: sampling.samples(),
        peak: sampling.peak(),
        mostProcesses: sampling.mostProcesses(),
        leftGroup: sampling.leftGroup(),
        asked: guard.asked ?? deadline.asked,
        guard: guard.notes(),
        kernelLog: kernelLog.log(),
        trainer: trainer.facts(),
      };
    },
  };
}

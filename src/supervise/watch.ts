/** @file What watches an attempt while it runs: its memory, the guard, the time, its trainer, the kernel's log. */
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
  /** what was seen up to now: of the trainer and in the kernel's log, all that is there */
  seen(): Promise<Seen>;
}

export function startWatch(watched: Watched): Watch {
  const { pid, place, memory, descriptor, trainer, kernelLog } = watched;
  const deadline: Deadline = startDeadline(watched.timeoutSeconds, pid, place);
  const listener = { pid, place, descriptor, trainer: () => trainer.facts() };
  const guard: Guard = startGuard(watched.guard, listener, memory);
  const sampling = startSampling(pid, place.own, () => {
    kernelLog.read();
    void trainer.read();
    return guard.look();
  });
  return {
    stop: () => {
      sampling.stop();
      guard.stop();
      deadline.stop();
    },
    seen: async () => {
      kernelLog.read();
      await trainer.read();
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

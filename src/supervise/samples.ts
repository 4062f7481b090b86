/**
 * @file What an attempt uses, over time: often at first, where a training run grows, more rarely later.
 * Memory is bounded: when there are too many samples, every other one of the older half goes.
 */
import {
  type CgroupUsage,
  type MemoryGroup,
  processStatus,
  readText,
  stallReader,
  usageReader,
} from '#kernel';
import { processesIn } from './place.ts';
import { watchWork, type Work } from './work.ts';

export interface Sample extends Work {
  /** since the start */
  readonly seconds: number;
  /** bytes that the kernel cannot take back, and pages of files, which it can */
  readonly unreclaimable: number;
  readonly file: number;
  /** microseconds so far in which some process, of the group or else of the machine, waited for memory */
  readonly stalled: number | null;
}

export interface Sampler {
  /** all that are kept, the oldest first */
  samples(): readonly Sample[];
  peak(): Sample | null;
  /** the main process included; at its end, those that outlived it, too */
  mostProcesses(): number;
  /** whether the main process was seen outside the attempt's group */
  leftGroup(): boolean;
  stop(): void;
}

const FAST_MS = 100;
/** Near a limit, perhaps for hours: 100 ms would take up to a hundredth of a core. */
const NEAR_MS = 200;
const SLOW_MS = 1000;
/** From then on once a second. */
const FAST_FOR_S = 10;
const MOST_SAMPLES = 1200;

/**
 * @param alongside is called with each sample, and what the group uses: other things that want to be looked at as
 *   often. Whether the next must come early
 * @param began when the attempt did, by performance.now
 */
export function startSampling(
  pid: number,
  own: MemoryGroup | null,
  alongside: (now: CgroupUsage | null) => boolean,
  began = performance.now(),
): Sampler {
  let kept: Sample[] = [];
  let peak: Sample | null = null;
  let mostProcesses = 1; // a command that ends before the first look was one at least
  let leftGroup = false;
  const usage = own && usageReader(own);
  const pressure = pressureReader(own);
  const work = watchWork(own, pid);
  let timer: NodeJS.Timeout | undefined;
  const sample = (): void => {
    const seconds = (performance.now() - began) / 1000;
    const pids = own ? inGroup(own) : [];
    const used = usage && usage.usage();
    const memory = own ? used : processStatus(pid);
    if (memory) {
      const { unreclaimable, file } = memory;
      const now = { seconds, unreclaimable, file, stalled: pressure.stalled(), ...work.work(pids) };
      kept.push(now);
      if (kept.length > MOST_SAMPLES) kept = thinned(kept);
      if (!peak || now.unreclaimable > peak.unreclaimable) peak = now;
    }
    mostProcesses = Math.max(mostProcesses, pids.length);
    leftGroup ||= own !== null && !pids.includes(pid) && isElsewhere(pid, own);
    const soon = alongside(used);
    const later = soon ? NEAR_MS : SLOW_MS;
    timer = setTimeout(sample, seconds < FAST_FOR_S ? FAST_MS : later);
  };
  timer = setTimeout(sample, 0);
  return {
    samples: () => kept,
    peak: () => peak,
    mostProcesses: () => Math.max(mostProcesses, 1 + (own ? othersIn(own, pid) : 0)),
    leftGroup: () => leftGroup,
    stop: () => {
      clearTimeout(timer);
      [usage, pressure, work].forEach((reader) => reader?.close());
    },
  };
}

export function thinned(samples: readonly Sample[]): Sample[] {
  const half = Math.floor(samples.length / 2);
  return samples.filter((_, i) => i >= half || i % 2 === 0);
}

/** The group's, where the kernel tells it; else the machine's. */
function pressureReader(own: MemoryGroup | null) {
  const reader = stallReader(own?.version === 2 ? own : 'machine');
  if (own?.version !== 2 || reader.stalled() !== null) return reader;
  reader.close();
  return stallReader('machine');
}

function inGroup({ folder }: MemoryGroup): number[] {
  return readText(`${folder}/cgroup.procs`)?.split('\n').filter(Boolean).map(Number) ?? [];
}

function othersIn(own: MemoryGroup, pid: number): number {
  return processesIn(own).filter((each) => each !== pid).length;
}

/** It lives, and in no group below either: somebody moved it (systemd-run --scope moves itself). */
function isElsewhere(pid: number, own: MemoryGroup): boolean {
  return !processesIn(own).includes(pid) && processStatus(pid) !== null;
}

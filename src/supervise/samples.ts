/**
 * @file What an attempt uses, over time: often at first, where a training run grows, more rarely later.
 * Memory is bounded: when there are too many samples, every other one of the older half goes.
 */
import { join } from 'node:path';
import { cgroupUsage, keyed, type MemoryGroup, pressure, processStatus, readText } from '#kernel';

export interface Sample {
  /** since the start */
  readonly seconds: number;
  /** bytes that the kernel cannot take back, and pages of files, which it can */
  readonly unreclaimable: number;
  readonly file: number;
  /** microseconds so far in which some process, of the group or else of the machine, waited for memory */
  readonly stalled: number | null;
  /** seconds of processor time, of the group (version 2), or else of its main process */
  readonly cpu: number | null;
  /** bytes that the main process read from disks and wrote to them */
  readonly read: number | null;
  readonly written: number | null;
}

export interface Sampler {
  /** all that are kept, the oldest first */
  samples(): readonly Sample[];
  peak(): Sample | null;
  mostProcesses(): number;
  stop(): void;
}

const FAST_MS = 100;
const SLOW_MS = 1000;
/** From then on once a second. */
const FAST_FOR_S = 10;
const MOST_SAMPLES = 1200;

/** @param alongside is called with each sample: other things that want to be looked at as often */
export function startSampling(
  pid: number,
  own: MemoryGroup | null,
  alongside: () => void,
): Sampler {
  const began = performance.now();
  let kept: Sample[] = [];
  let peak: Sample | null = null;
  let mostProcesses = 0;
  let timer: NodeJS.Timeout | undefined;
  const sample = (): void => {
    const seconds = (performance.now() - began) / 1000;
    const now = sampleOf(seconds, pid, own);
    if (now) {
      kept.push(now);
      if (kept.length > MOST_SAMPLES) kept = thinned(kept);
      if (!peak || now.unreclaimable > peak.unreclaimable) peak = now;
    }
    if (own) mostProcesses = Math.max(mostProcesses, countIn(own));
    alongside();
    timer = setTimeout(sample, seconds < FAST_FOR_S ? FAST_MS : SLOW_MS);
  };
  timer = setTimeout(sample, 0);
  return {
    samples: () => kept,
    peak: () => peak,
    mostProcesses: () => mostProcesses,
    stop: () => clearTimeout(timer),
  };
}

export function thinned(samples: readonly Sample[]): Sample[] {
  const half = Math.floor(samples.length / 2);
  return samples.filter((_, i) => i >= half || i % 2 === 0);
}

/** Null once there is nothing to look at. */
function sampleOf(seconds: number, pid: number, own: MemoryGroup | null): Sample | null {
  const memory = own ? cgroupUsage(own) : processStatus(pid);
  if (!memory) return null;
  const io = readText(`/proc/${pid}/io`)?.replaceAll(':', '') ?? '';
  const stall = (own && pressure(own)) ?? pressure('machine');
  return {
    seconds,
    unreclaimable: memory.unreclaimable,
    file: memory.file,
    stalled: stall?.some.total ?? null,
    cpu: (own && groupCpu(own)) ?? processCpu(pid),
    read: keyed(io)('read_bytes'),
    written: keyed(io)('write_bytes'),
  };
}

function groupCpu({ folder }: MemoryGroup): number | null {
  const used = keyed(readText(join(folder, 'cpu.stat')) ?? '')('usage_usec');
  return used === null ? null : used / 1e6;
}

/** /proc/PID/stat (proc(5)), user and system time with those of children that were waited for. */
function processCpu(pid: number): number | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The name, in parentheses, may hold anything; the fields after it begin with the third.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND;
}

/** USER_HZ: 100 on all machines that Node runs on. */
const TICKS_A_SECOND = 100;

function countIn({ folder }: MemoryGroup): number {
  return readText(join(folder, 'cgroup.procs'))?.split('\n').filter(Boolean).length ?? 0;
}

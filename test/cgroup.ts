/**
 * @file Real memory cgroups for tests and measurements: a limit that the kernel enforces, a command
 * that is under it before its first instruction, and what the kernel counted.
 *
 * A page of a file is charged to the group that touches it first, so a model that was read outside
 * is free inside: where that matters, copy the file fresh or drop it from the cache before.
 */
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CgroupCounters,
  cgroupCounters,
  type CgroupUsage,
  cgroupUsage,
  memoryCgroup,
  type MemoryGroup,
} from '#kernel';
import { systemCodeOf } from '#base';

export interface CgroupOptions {
  /** bytes; none for a group that only counts */
  readonly limit?: number;
  /** default true: what does not fit is a kill, whatever swap the machine has */
  readonly noSwap?: boolean;
  /** the group to make it in; default: this process's own, or the nearest around it that allows it */
  readonly within?: MemoryGroup;
}

export interface RunOptions extends Pick<SpawnOptions, 'cwd' | 'env'> {
  /** killed by SIGKILL after that; `timedOut` says so */
  readonly timeoutMs?: number;
  /** between two samples of the group's usage; 0 for none. A sample costs about 50 µs */
  readonly sampleEveryMs?: number;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  readonly peak: Peak;
}

/** Seen from outside at intervals: a peak shorter than `longestGapMs` may have been missed. */
export interface Peak {
  /** the sample with the most unreclaimable bytes of the whole group */
  readonly usage: CgroupUsage | null;
  readonly unreclaimable: number;
  readonly samples: number;
  readonly longestGapMs: number;
}

export interface Started {
  /** its standard input is open */
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface TestCgroup extends AsyncDisposable {
  readonly group: MemoryGroup;
  /** Starts a command in the group, gives it no input, and waits for its end. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Ended>;
  start(command: string, args: readonly string[], options?: RunOptions): Started;
  /** Version 1 refuses (EBUSY) a limit below what cannot be taken back; version 2 kills for it. */
  setLimit(bytes: number): void;
  usage(): CgroupUsage;
  counters(): CgroupCounters;
  /** Samples until stopped, whatever runs in the group. */
  watch(everyMs?: number): { stop(): Peak };
  /** Kills what is left in the group and in groups below, and removes them. */
  remove(): Promise<void>;
}

/** Why no memory cgroup can be made here, for tests to say why they are skipped; null where one can. */
export function cgroupsUnavailable(): string | null {
  if (unavailable === undefined) {
    try {
      const { folder } = makeGroup({ limit: 2 ** 26 });
      rmdirSync(folder);
      unavailable = null;
    } catch (error) {
      unavailable = error instanceof Error ? error.message : String(error);
    }
  }
  return unavailable;
}
let unavailable: string | null | undefined;

export function createCgroup(options: CgroupOptions = {}): TestCgroup {
  const group = makeGroup(options);
  const start: TestCgroup['start'] = (command, args, runOptions) =>
    startIn(group, command, args, runOptions);
  const remove = () => removeGroup(group.folder);
  return {
    group,
    start,
    run: (...command) => {
      const { child, ended } = start(...command);
      child.stdin?.end();
      return ended;
    },
    setLimit: (bytes) => writeLimit(group, bytes),
    usage: () => present(cgroupUsage(group)),
    counters: () => present(cgroupCounters(group)),
    watch: (everyMs = SAMPLE_EVERY_MS) => watchGroup(group, everyMs),
    remove,
    [Symbol.asyncDispose]: remove,
  };
}

/** As `TestCgroup.setLimit`, for a group that somebody else made. */
export function writeLimit({ version, folder }: Omit<MemoryGroup, 'path'>, bytes: number): void {
  writeFileSync(join(folder, LIMIT_FILE[version]), String(bytes));
}

const LIMIT_FILE = { 1: 'memory.limit_in_bytes', 2: 'memory.max' } as const;
const SWAP_OFF = {
  // Not memory.memsw.limit_in_bytes: a limit there is hit first, and memory.failcnt stays at 0.
  1: ['memory.swappiness', '0'],
  2: ['memory.swap.max', '0'],
} as const;
const SAMPLE_EVERY_MS = 2;

let made = 0;

function makeGroup({ limit, noSwap = true, within }: CgroupOptions): MemoryGroup {
  const { groups, hidden } = memoryCgroup();
  const name = `plimsoll-test-${process.pid}-${made++}`;
  const reasons: string[] = [];
  for (const { version, path, folder: parent } of within ? [within] : groups) {
    const folder = join(parent, name);
    try {
      mkdirSync(folder);
      if (!existsSync(join(folder, LIMIT_FILE[version]))) {
        throw new Error('its children have no memory controller (cgroup.subtree_control)');
      }
      if (limit !== undefined) writeLimit({ version, folder }, limit);
      const [file, value] = SWAP_OFF[version];
      if (noSwap && existsSync(join(folder, file))) writeFileSync(join(folder, file), value);
      return { version, path: join(path, name), folder };
    } catch (error) {
      if (existsSync(folder)) rmdirSync(folder);
      reasons.push(`${parent}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`no memory cgroup can be made: ${[...reasons, hidden ?? ''].join('; ')}`);
}

function startIn(
  group: MemoryGroup,
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Started {
  const { timeoutMs, sampleEveryMs = SAMPLE_EVERY_MS, ...spawnOptions } = options;
  const began = performance.now();
  const samples = watchGroup(group, sampleEveryMs);
  // The shell moves itself, then becomes the command, which so never runs outside.
  const script = 'echo $$ > "$0" && exec "$@"';
  const shell = ['-c', script, join(group.folder, 'cgroup.procs'), command, ...args];
  const child = spawn('/bin/sh', shell, { ...spawnOptions, stdio: 'pipe' });

  let timedOut = false;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          child.kill('SIGKILL');
        }, timeoutMs);
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString();
  });
  child.stdin.on('error', () => {}); // EPIPE: it ended, or was killed, before it read all
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({
        code,
        signal,
        timedOut,
        stdout: stdout!(),
        stderr: stderr!(),
        seconds: (performance.now() - began) / 1000,
        peak: samples.stop(),
      });
    });
  });
  return { child, ended };
}

function watchGroup(group: MemoryGroup, everyMs: number): { stop(): Peak } {
  let most: CgroupUsage | null = null;
  let samples = 0;
  let longestGapMs = 0;
  let last = performance.now();
  const sample = (): void => {
    const now = performance.now();
    longestGapMs = Math.max(longestGapMs, now - last);
    last = now;
    const usage = cgroupUsage(group);
    if (!usage) return;
    samples++;
    if (usage.unreclaimable > (most?.unreclaimable ?? -1)) most = usage;
  };
  const timer = everyMs > 0 ? setInterval(sample, everyMs) : undefined;
  return {
    stop: () => {
      clearInterval(timer);
      if (timer) sample();
      return { usage: most, unreclaimable: most?.unreclaimable ?? 0, samples, longestGapMs };
    },
  };
}

/** A killed process leaves its group when it is reaped, and where PID 1 is no init that takes a while. */
async function removeGroup(folder: string): Promise<void> {
  for (const inner of foldersIn(folder)) await removeGroup(inner);
  const deadline = performance.now() + REMOVE_WITHIN_MS;
  for (;;) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return;
      if (performance.now() > deadline) throw error;
    }
    for (const pid of processesIn(folder)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended in the meantime.
      }
    }
    await sleep(10);
  }
}

/** A kill at a small limit can take seconds: pages are thrown out and read back until it comes. */
const REMOVE_WITHIN_MS = 30_000;

function processesIn(folder: string): number[] {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(Number);
  } catch {
    return []; // the group is gone
  }
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch {
    return []; // the group is gone
  }
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error('the cgroup is gone');
  return value;
}

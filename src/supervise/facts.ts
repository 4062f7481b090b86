/** @file The facts of an attempt's end: all that a verdict may rest on, as plain data. */
import type { CgroupCounters } from '#kernel';
import type { LimitOrigin } from '#protocol';
import type { KernelLog } from './kernel-log.ts';
import type { Load } from './pressure-guard.ts';
import type { Sample } from './samples.ts';
import type { TrainerFacts } from './trainer-facts.ts';

export interface Facts {
  readonly pid: number;
  /** null where a signal ended it; both are null where nothing tells how it ended */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly seconds: number;
  /** for how long before its end was noticed nobody had looked: it may have run longer by that */
  readonly unwatchedSeconds: number;
  /** what we did to end it; null for nothing */
  readonly asked: Asked | null;
  /** the attempt's own group first, then those around it, outwards */
  readonly groups: readonly GroupFacts[];
  /** why the attempt had no group of its own; null where it had one, the first of `groups` */
  readonly noGroup: string | null;
  /** the main process was moved out of that group, or the group was gone at the end */
  readonly leftGroup: boolean;
  /** why groups further out cannot be seen; null where the last of `groups` is the root */
  readonly hidden: string | null;
  /** the container that we are in ourselves, where it shows: what a group with the path `/` belongs to */
  readonly container: LimitOrigin | null;
  readonly kernelLog: KernelLog;
  /** whether process ids in the kernel log are those that we know: the machine's first namespace */
  readonly samePids: boolean;
  /** the most processes that were seen in the attempt's group at once */
  readonly mostProcesses: number;
  /** user-space killers: lines of theirs that name the attempt, and those that run here */
  readonly killerLines: readonly string[];
  readonly killersRunning: readonly string[];
  /** the limit that would have been reached first, as of the start; null where nothing limits */
  readonly limit: KnownLimit;
  readonly machineBytes: number;
  readonly last: Sample | null;
  /** the sample with the most that the kernel cannot take back */
  readonly peak: Sample | null;
  /** the end of what the command printed */
  readonly output: string;
  /** what a trainer of ours told; null where the command started none */
  readonly trainer: TrainerFacts | null;
  /** what the guard did when memory ran short, the newest few */
  readonly guard: readonly GuardNote[];
  /** in words, what was lost while nobody watched, and why */
  readonly lost: readonly string[];
}

export interface GuardNote {
  /** in words: `SIGUSR1 sent` */
  readonly what: string;
  readonly seconds: number;
  readonly load: Load;
}

export type Asked = Cancelled | AskedByGuard | TimedOut | Stopped;

/** Whoever had it started asked us to end it. */
export interface Stopped {
  readonly kind: 'stopped';
  readonly signal: string;
}

/** `--timeout` was over. */
export interface TimedOut {
  readonly kind: 'timed-out';
  readonly seconds: number;
  readonly signal: string;
}

/** `--on-pressure kill`: memory ran short. */
export interface AskedByGuard {
  readonly kind: 'guard';
  readonly signal: string;
  /** as it was then */
  readonly load: Load;
}

/** A signal that asks for the end was sent to us, and passed on. */
export interface Cancelled {
  readonly kind: 'cancelled';
  readonly signal: string;
  /** between that and the end */
  readonly secondsBefore: number;
  /** the main process ignored such signals at that time (SIG_IGN, as under nohup) */
  readonly ignored: boolean;
}

export interface KnownLimit {
  readonly bytes: number | null;
  /** who set it, in words and as data */
  readonly from: string;
  readonly origin: LimitOrigin;
  /** in use under it before the attempt began */
  readonly baseline: number;
}

export interface GroupFacts {
  readonly version: 1 | 2;
  readonly path: string;
  /** for people: who set its limit */
  readonly name: string;
  /** as of the end: a limit may be changed while a command runs */
  readonly limit: number | null;
  /** unreclaimable bytes in use before the attempt began */
  readonly baseline: number;
  /** null where they could not be read, or the group was gone */
  readonly before: CgroupCounters | null;
  readonly after: CgroupCounters | null;
}

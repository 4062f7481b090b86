/**
 * @file Every limit that holds for a process's memory, which of them binds, and how much room is left.
 *
 * Each limit comes with the bytes that count against it now, so that "which is the smallest" and
 * "which is reached first" are asked of one list.
 */
import { formatBytes } from '#base';
import { groupName, hardLimit, hierarchicalLimit, throttleLimit } from './cgroup-limits.ts';
import { cgroupUsage } from './cgroup-usage.ts';
import { machineMemory } from './machine-memory.ts';
import { MACHINE, type MemoryCgroup, memoryCgroup, type MemoryGroup } from './memory-cgroup.ts';
import { processStatus } from './process-memory.ts';
import { rlimits } from './rlimits.ts';

export interface Limit {
  /**
   * `cgroup` kills when it is reached. `throttle` (memory.high) slows down, at worst for ever.
   * `address-space` (RLIMIT_AS) and `private-writable` (RLIMIT_DATA) make an allocation fail.
   * `given` is what the user allows; `machine` is what there is.
   */
  readonly kind: 'given' | 'cgroup' | 'throttle' | 'address-space' | 'private-writable' | 'machine';
  /** unreclaimable bytes that it allows */
  readonly bytes: number;
  /** unreclaimable bytes that count against it now; of a group that cannot be seen, a part of them */
  readonly used: number;
  /** who set it, for a message: `cgroup /docker/ab12cd34ef56… (memory.max)` */
  readonly from: string;
  /** of a cgroup that can be seen */
  readonly group?: MemoryGroup;
}

export interface BindingLimit extends Limit {
  /** the smallest memory.high, where that is below `bytes` */
  readonly throttle: Limit | null;
  /** every limit there is, this one included; the nearest to the process first */
  readonly candidates: readonly Limit[];
  /** why more limits may bind than can be seen here */
  readonly hidden: string | null;
}

export interface Room {
  /** unreclaimable bytes that still fit; below zero where a limit shrank below what is in use */
  readonly bytes: number;
  /** the limit that would be reached first */
  readonly limit: Limit;
}

export interface LimitQuestion {
  readonly pid?: number;
  readonly root?: string;
  /** what the user allows the process itself */
  readonly given?: number | undefined;
  /** the process's groups, where they are known already: looking for them takes 200 µs */
  readonly cgroup?: MemoryCgroup;
}

/** The smallest limit. memory.high is told apart: it is set to slow down, not to end. */
export function bindingLimit(question: LimitQuestion = {}): BindingLimit {
  const cgroup = question.cgroup ?? memoryCgroup(question.pid, question.root);
  const candidates = memoryLimits({ ...question, cgroup });
  const binding = leastBy(
    candidates.filter(({ kind }) => kind !== 'throttle'),
    allowed,
  );
  if (!binding) throw new Error('internal: a machine without memory');
  const throttle = leastBy(
    candidates.filter(({ kind }) => kind === 'throttle'),
    allowed,
  );
  return {
    ...binding,
    throttle: throttle && throttle.bytes < binding.bytes ? throttle : null,
    candidates,
    hidden: cgroup.hidden,
  };
}

/**
 * How much more fits before any limit is reached, memory.high included: past it nothing moves.
 *
 * One call takes about 140 µs with `cgroup` given (4 groups, one of them limited) and 340 µs without,
 * so a step may ask each time. An estimate on the safe side but for two things: locked pages of
 * files count as free, and so does what groups that cannot be seen use beyond those that can.
 */
export function availableBytes(question: LimitQuestion = {}): Room {
  const limit = leastBy(memoryLimits(question), roomUnder);
  if (!limit) throw new Error('internal: a machine without memory');
  return { bytes: roomUnder(limit), limit };
}

/** The nearest to the process first; the machine last. */
function memoryLimits(question: LimitQuestion): Limit[] {
  const { pid, root = MACHINE, given } = question;
  const cgroup = question.cgroup ?? memoryCgroup(pid, root);
  return [...processLimits(pid, root, given), ...cgroupLimits(cgroup), machineLimit(root)];
}

/**
 * An rlimit counts address space, not memory: Node maps over a gigabyte and uses 50 MiB of it. What
 * is mapped with no memory behind it (reserved heap, files) is gone for good as far as tensors are
 * concerned, so it comes off the limit; what remains is what memory may grow to. An estimate: what
 * the process maps and does not use later comes off as well, and is not known yet.
 */
function processLimits(pid: number | undefined, root: string, given: number | undefined): Limit[] {
  const { addressSpace, privateWritable } = rlimits(pid, root);
  if (given === undefined && addressSpace === null && privateWritable === null) return [];
  const now = processStatus(pid, root);
  const limits: Limit[] = [];
  if (given !== undefined) {
    limits.push({ kind: 'given', bytes: given, used: now?.unreclaimable ?? 0, from: '--memory' });
  }
  if (now && addressSpace !== null) {
    const used = now.anonymous + now.shared;
    const { bytes, text } = mapped(addressSpace, now.addressSpace, used);
    limits.push({ kind: 'address-space', bytes, used, from: `RLIMIT_AS of ${text}` });
  }
  if (now && privateWritable !== null) {
    const used = now.anonymous;
    const { bytes, text } = mapped(privateWritable, now.privateWritable, used);
    limits.push({ kind: 'private-writable', bytes, used, from: `RLIMIT_DATA of ${text}` });
  }
  return limits;
}

function mapped(limit: number, space: number, used: number): { bytes: number; text: string } {
  const idle = Math.max(space - used, 0);
  const text = `${formatBytes(limit)}, less ${formatBytes(idle)} mapped without memory behind it`;
  return { bytes: limit - idle, text };
}

function cgroupLimits(cgroup: MemoryCgroup): Limit[] {
  let last: { readonly of: MemoryGroup; readonly used: number } | undefined;
  return groupLimits(cgroup).map(({ counted, ...limit }) => {
    if (last?.of !== counted) last = { of: counted, used: usedIn(counted) };
    return { ...limit, used: last.used };
  });
}

/** A limit that a group sets, and of which group the usage counts against it: most often its own. */
export interface GroupLimit extends Omit<Limit, 'used'> {
  readonly counted: MemoryGroup;
}

/** The nearest first. Limits are set once, usage changes: who asks often asks for them apart. */
export function groupLimits(cgroup: MemoryCgroup): GroupLimit[] {
  const limits: GroupLimit[] = [];
  for (const group of cgroup.groups) {
    const [hard, throttle] = [hardLimit(group), throttleLimit(group)];
    if (hard === null && throttle === null) continue;
    const name = groupName(group, cgroup);
    const file = group.version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
    const of = { group, counted: group };
    if (hard !== null) {
      limits.push({ kind: 'cgroup', bytes: hard, from: `${name} (${file})`, ...of });
    }
    if (throttle !== null) {
      limits.push({ kind: 'throttle', bytes: throttle, from: `${name} (memory.high)`, ...of });
    }
  }
  const beyond = limitBeyond(cgroup, Math.min(...limits.map(({ bytes }) => bytes)));
  return beyond ? [...limits, beyond] : limits;
}

function usedIn(group: MemoryGroup): number {
  return cgroupUsage(group)?.unreclaimable ?? 0;
}

/** A limit of version 1 that is smaller than all that can be seen: a group set it that cannot be. */
function limitBeyond(cgroup: MemoryCgroup, smallest: number): GroupLimit | null {
  const outermost = cgroup.groups.at(-1);
  if (!outermost || cgroup.hidden === null) return null;
  const bytes = hierarchicalLimit(outermost);
  if (bytes === null || bytes >= smallest) return null;
  const from = `an unseen cgroup above ${groupName(outermost, cgroup)} (hierarchical_memory_limit)`;
  return { kind: 'cgroup', bytes, from, counted: outermost };
}

/** How a message names all that there is. */
export const MACHINE_LIMIT = 'the machine (MemTotal)';

function machineLimit(root: string): Limit {
  const { total, available } = machineMemory(root);
  return { kind: 'machine', bytes: total, used: total - available, from: MACHINE_LIMIT };
}

const allowed = ({ bytes }: Limit) => bytes;
const roomUnder = ({ bytes, used }: Limit) => bytes - used;

function leastBy(limits: readonly Limit[], measure: (limit: Limit) => number): Limit | null {
  return limits.reduce<Limit | null>(
    (least, item) => (least === null || measure(item) < measure(least) ? item : least),
    null,
  );
}

/**
 * @file A process that is not our child, known by its id and the time of its start; and how it ended, from the
 * zombie that its parent leaves it as (keeper.ts).
 */
import { constants } from 'node:os';
import { readlinkSync } from 'node:fs';
import { systemCodeOf } from '#base';
import { readText } from '#kernel';
import type { Exit } from './launch.ts';

export interface KeptProcess {
  readonly pid: number;
  /** clock ticks from the machine's start: tells it from a later process of the same id */
  readonly started: number;
}

export type ProcessState =
  | { readonly kind: 'alive'; readonly stopped: boolean }
  | { readonly kind: 'ended'; readonly exit: Exit }
  /** no such process, or one whose end is not ours to read */
  | { readonly kind: 'gone' };

/** Null where there is no such process. */
export function keptProcess(pid: number): KeptProcess | null {
  const stat = statOf(pid);
  return stat && { pid, started: stat.started };
}

export function stateOf({ pid, started }: KeptProcess): ProcessState {
  const stat = statOf(pid);
  if (!stat || stat.started !== started) return { kind: 'gone' };
  // The first thread may end before the others do: then the process lives.
  const ended = (stat.state === 'Z' || stat.state === 'X') && stat.threads <= 1;
  if (!ended) return { kind: 'alive', stopped: stat.state === 'T' };
  return mayBeRead(pid) ? { kind: 'ended', exit: exitOf(stat.status) } : { kind: 'gone' };
}

/** /proc/PID/stat (proc(5)): fields 3, 20, 22 and 52. The name before them may hold anything. */
function statOf(pid: number) {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (field: number) => Number(fields[field - 3]);
  return {
    state: fields[0] ?? '',
    threads: number(20),
    started: number(22),
    status: number(52),
  };
}

/** As wait(2) has it: the low seven bits are the signal, the second byte is the exit code. */
function exitOf(status: number): Exit {
  const signal = status & 0x7f;
  return signal === 0
    ? { code: (status >> 8) & 0xff, signal: null }
    : { code: null, signal: NAMES.get(signal) ?? null };
}

const NAMES: ReadonlyMap<number, NodeJS.Signals> = new Map(
  Object.entries(constants.signals).flatMap(([name, number]) =>
    isSignal(name) ? [[number, name] as const] : [],
  ),
);

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals;
}

/** Where it is another user's, its status reads as 0, as if all had gone well; the link then refuses. */
function mayBeRead(pid: number): boolean {
  try {
    readlinkSync(`/proc/${pid}/exe`);
    return true;
  } catch (error) {
    return systemCodeOf(error) !== 'EACCES';
  }
}

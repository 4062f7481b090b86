/**
 * @file Signals that are sent to us are meant for the command: passed on, and remembered, since the end
 * that they bring about is then ours.
 */
import { readText } from '#kernel';
import { constants } from 'node:os';
import type { Cancelled } from './facts.ts';

/** A terminal sends these to all processes of a group; `kill PID` sends the others to one. */
const TO_GROUP = ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGCONT'] as const;
const TO_PROCESS = ['SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
/** After which a command is expected to end. */
const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGTERM']);

export interface Forwarding {
  /** the last signal passed on that asks for the end, and how long ago; null for none */
  asked(): Cancelled | null;
  stop(): void;
}

export function forwardSignals(pid: number): Forwarding {
  let asked: Omit<Cancelled, 'secondsBefore'> | null = null;
  let askedAt = 0;
  const handlers: [NodeJS.Signals, () => void][] = [
    ...TO_GROUP.map((signal) => [signal, -pid] as const),
    ...TO_PROCESS.map((signal) => [signal, pid] as const),
  ].map(([signal, to]) => [
    signal,
    () => {
      if (ENDING.has(signal)) {
        asked = { kind: 'cancelled', signal, ignored: inMask('SigIgn', pid, signal) };
        askedAt = performance.now();
      }
      send(to, signal);
      // What is stopped hears nothing: SIGCONT follows, as systemd and a shell's `kill %1` do it.
      if (ENDING.has(signal)) send(to, 'SIGCONT');
    },
  ]);
  // Ctrl-Z: the command stops, then we do; `fg` sends us SIGCONT.
  handlers.push([
    'SIGTSTP',
    () => {
      send(-pid, 'SIGSTOP');
      process.kill(process.pid, 'SIGSTOP');
    },
  ]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return {
    asked: () => asked && { ...asked, secondsBefore: (performance.now() - askedAt) / 1000 },
    stop: () => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}

/**
 * Whether a process ignores a signal, catches or blocks it, by a mask of /proc/PID/status (proc(5)), whose
 * first bit is signal 1. What it blocks, that of its main thread.
 */
export function inMask(
  name: 'SigIgn' | 'SigCgt' | 'SigBlk',
  pid: number,
  signal: NodeJS.Signals,
): boolean {
  const status = readText(`/proc/${pid}/status`) ?? '';
  const mask = new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1];
  if (mask === undefined) return false;
  return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

/** @param to a process, or the group of a process by its negative */
export function send(to: number, signal: NodeJS.Signals): void {
  try {
    process.kill(to, signal);
  } catch {
    // It ended in the meantime.
  }
}

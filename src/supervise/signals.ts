/**
 * @file Signals that are sent to us are meant for the command: passed on, and remembered, since the end
 * that they bring about is then ours.
 */

/** A terminal sends these to all processes of a group; `kill PID` sends the others to one. */
const TO_GROUP = ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGCONT'] as const;
const TO_PROCESS = ['SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;
/** After which a command is expected to end. */
const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGTERM']);

export interface Forwarding {
  /** the last signal passed on that asks for the end; null for none */
  readonly asked: NodeJS.Signals | null;
  stop(): void;
}

export function forwardSignals(pid: number): Forwarding {
  let asked: NodeJS.Signals | null = null;
  const handlers: [NodeJS.Signals, () => void][] = [
    ...TO_GROUP.map((signal) => [signal, -pid] as const),
    ...TO_PROCESS.map((signal) => [signal, pid] as const),
  ].map(([signal, to]) => [
    signal,
    () => {
      if (ENDING.has(signal)) asked = signal;
      send(to, signal);
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
    get asked() {
      return asked;
    },
    stop: () => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}

/** @param to a process, or the group of a process by its negative */
export function send(to: number, signal: NodeJS.Signals): void {
  try {
    process.kill(to, signal);
  } catch {
    // It ended in the meantime.
  }
}

/** @file Asks all of a command's process group to end, and ends it when that does not help. */
import { killAll, type Place } from './place.ts';
import { send } from './signals.ts';

export interface Ending {
  /** does not wait for the grace */
  killNow(): void;
  stop(): void;
}

/** After SIGTERM, for a command to save what it has. */
const GRACE_MS = 10_000;

/** @param onSignal is told what is sent: SIGTERM at once, SIGKILL perhaps later */
export function endCommand(
  pid: number,
  { own }: Place,
  onSignal: (signal: 'SIGTERM' | 'SIGKILL') => void,
): Ending {
  let killed = false;
  const killNow = () => {
    if (killed) return;
    killed = true;
    onSignal('SIGKILL');
    send(-pid, 'SIGKILL');
    if (own) killAll(own);
  };
  onSignal('SIGTERM');
  send(-pid, 'SIGTERM');
  send(-pid, 'SIGCONT'); // a stopped process hears nothing but SIGKILL
  const timer = setTimeout(killNow, GRACE_MS);
  return { killNow, stop: () => clearTimeout(timer) };
}

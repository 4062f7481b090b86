/** @file Asks all of a command's process group to end, and ends it when that does not help. */
import { killAll, type Place } from './place.ts';
import { send } from './signals.ts';

export interface Ending {
  /** does not wait for the grace */
  killNow(): void;
  stop(): void;
}

/** After SIGTERM, for a command to save what it has. */
export const GRACE_SECONDS = 10;

/** Of an ending that a process before this one began. */
export interface Begun {
  readonly signal: string;
  /** so long ago */
  readonly seconds: number;
  /** false where it may not have got as far as to send it */
  readonly sent: boolean;
}

/**
 * @param onSignal is told what is sent, just before: SIGTERM at once, SIGKILL perhaps later
 * @param begun to go on with; null for a new one
 * @param grace seconds from SIGTERM to SIGKILL
 */
export function endCommand(
  pid: number,
  { own }: Place,
  onSignal: (signal: 'SIGTERM' | 'SIGKILL') => void,
  begun: Begun | null = null,
  grace: number = GRACE_SECONDS,
): Ending {
  let killed = false;
  const killNow = () => {
    if (killed) return;
    killed = true;
    onSignal('SIGKILL');
    send(-pid, 'SIGKILL');
    if (own) killAll(own);
  };
  // Not twice: to a trainer of ours the second means that it shall not save anything first.
  if (begun === null || !begun.sent) {
    onSignal('SIGTERM');
    send(-pid, 'SIGTERM');
    send(-pid, 'SIGCONT'); // a stopped process hears nothing but SIGKILL
  }
  const left = Math.max(grace - (begun?.seconds ?? 0), 0);
  const timer = setTimeout(killNow, begun?.signal === 'SIGKILL' ? 0 : 1000 * left);
  return { killNow, stop: () => clearTimeout(timer) };
}

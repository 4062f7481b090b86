/** @file Runs of allowed commands: what is to be run, what it needs, what it took. Its history is in the data folder. */
import { join } from 'node:path';
import type { Verdict } from '#protocol';
import type { RunRow } from '#store';
import { pastRuns, rememberEnd } from '#supervise';
import type { AllowedCommands, CommandWork } from './allowed-commands.ts';
import { type CommandNeed, needOf } from './command-need.ts';
import { commandOrderOf } from './order.ts';
import type { ServiceSettings } from '../settings.ts';

export interface CommandRuns {
  /** Null where the run trains. @throws PlimsollError COMMAND_UNKNOWN, REQUEST_INVALID */
  work(run: RunRow): CommandWork | null;
  /** @param capacity bytes for all runs together */
  need(work: CommandWork, capacity: number): CommandNeed;
  /** @param command as it ran */
  remember(work: CommandWork, command: readonly string[], verdict: Verdict): void;
}

export function commandRuns(
  commands: AllowedCommands,
  { dataDir }: Pick<ServiceSettings, 'dataDir'>,
): CommandRuns {
  const history = join(dataDir, 'history');
  return {
    work: (run) => {
      const order = commandOrderOf(run);
      return order && commands.work(order);
    },
    need: (work, capacity) => {
      const pasts = work.rungs.map(({ command }) => pastRuns(subject(work, command), history));
      return needOf(work, pasts, capacity);
    },
    remember: (work, command, verdict) => {
      const learns = work.allowed.policy.memory === null;
      if (learns && verdict.cause === 'completed' && verdict.seconds < MEASURED_S) return;
      rememberEnd(subject(work, command), verdict, history);
    },
  };
}

/** In less, samples of its memory may have missed its peak. */
const MEASURED_S = 5;

/** A run's own folder is another each time: it is no part of what makes a command the same. */
function subject({ allowed: { folder } }: CommandWork, command: readonly string[]) {
  return { folder: folder ?? '', command };
}

/** @file The built command line as a process of its own, started as a user starts it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

const COMMAND = 'bin/plimsoll';

const env = () => ({ ...process.env, NO_COLOR: '1' });

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function plimsoll(...words: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(COMMAND, words, {
    encoding: 'utf8',
    env: env(),
    maxBuffer: 2 ** 28,
  });
  return { status, stdout, stderr };
}

/** Of an event what tests look at. */
interface WatchedEvent {
  readonly type: string;
  readonly step?: number;
  readonly resumedFrom?: { readonly step: number };
}

/**
 * `plimsoll train --json`, with each event shown to `onEvent` as it comes; that may end the process.
 * Resolves when it is gone.
 */
export async function trainWatched(
  words: readonly string[],
  onEvent: (event: WatchedEvent, child: ChildProcess) => void,
): Promise<{
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}> {
  const child = spawn(COMMAND, ['train', '--json', ...words], {
    env: env(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => onEvent(JSON.parse(line), child));
  return await new Promise((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, stderr })),
  );
}

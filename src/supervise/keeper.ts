/**
 * @file Starts a command that outlives this process, and keeps how it ended.
 *
 * Its parent is a shell that stops itself (SIGSTOP) once the command may begin. A stopped parent waits for
 * nobody: the command, when it has ended, stays a zombie, in which the kernel keeps its exit status, exactly, and
 * its process id, for whoever looks later. SIGCONT lets the shell take the zombie away and end.
 *
 * Both wait for a word from us before they go on; when we are killed before that, they end, and nothing ran.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Writable } from 'node:stream';
import type { MemoryGroup } from '#kernel';
import { type KeptProcess, keptProcess, stateOf } from './kept-process.ts';
import { send } from './signals.ts';

export interface KeptCommand {
  readonly command: readonly string[];
  /** absolute */
  readonly cwd: string;
  /** all of it */
  readonly env: NodeJS.ProcessEnv;
  /** a file that is not there yet; that it is there tells that the command has begun */
  readonly log: string;
}

export interface Kept {
  readonly keeper: KeptProcess;
  /** leads a session and a process group */
  readonly main: KeptProcess;
  /** The command's first instruction follows. */
  begin(): Promise<void>;
  /** Nothing runs. */
  drop(): void;
}

const KEEPER = `
setsid sh -c 'echo $$; read -r go <&3 && log=$1 && shift && exec "$@" >>"$log" 2>&1 3<&- 4<&-' sh "$@" &
read -r go <&4 && kill -STOP $$
wait`;

/** @throws Error where no process can be had */
export async function startKept({ command, cwd, env, log }: KeptCommand): Promise<Kept> {
  const child = spawn('/bin/sh', ['-c', KEEPER, 'plimsoll-keeper', log, ...command], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe', 'pipe'],
    detached: true,
    cwd,
    env,
  });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const gates = [child.stdio[3], child.stdio[4]].map((gate) => {
    if (!(gate instanceof Writable)) throw new Error('internal: a command without a gate');
    gate.on('error', () => {}); // it was killed before it read the word
    return gate;
  });
  const { stdout } = child;
  if (!stdout) throw new Error('internal: a keeper that says nothing');
  const ended = once(child, 'exit').then(() => Buffer.alloc(0));
  const told = once(stdout, 'data').then(([line]: Buffer[]) => line ?? Buffer.alloc(0));
  const line = await Promise.race([failed, told, ended]);
  stdout.destroy();
  child.unref();
  const main = keptProcess(Number.parseInt(line.toString(), 10));
  const keeper = keptProcess(child.pid ?? 0);
  if (!main || !keeper)
    throw new Error('no process could be started: setsid (util-linux) is needed');
  return {
    keeper,
    main,
    begin: async () => {
      gates[1]?.end('go\n');
      while (isAwake(keeper)) await sleep(1); // else a shell that is quick to wait might take its status
      gates[0]?.end('go\n');
      while (!existsSync(log) && stateOf(main).kind === 'alive') await sleep(1);
    },
    drop: () => gates.forEach((gate) => gate.destroy()),
  };
}

/** Lets it take the zombie away, and end. */
export function release(keeper: KeptProcess): void {
  if (stateOf(keeper).kind === 'alive') send(keeper.pid, 'SIGCONT');
}

/**
 * Into its group, and made the first to go when a limit that it shares with us is reached: a run goes on from
 * its checkpoint. A process may always raise its oom_score_adj (proc(5)).
 *
 * @throws what the kernel says where it cannot be moved
 */
export function confine({ pid }: KeptProcess, group: MemoryGroup | null): void {
  if (group) writeFileSync(join(group.folder, 'cgroup.procs'), String(pid));
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
  } catch {
    // A kernel that does not allow it: then the largest goes first, which mostly is the run as well.
  }
}

function isAwake(keeper: KeptProcess): boolean {
  const state = stateOf(keeper);
  return state.kind === 'alive' && !state.stopped;
}

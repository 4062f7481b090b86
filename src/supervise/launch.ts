/**
 * @file Starts a command so that its first instruction runs in the group that was made for it.
 *
 * A shell makes pipes for what the command will print, says that it is there, and waits for a line; it is moved
 * into the group; then it gets the line and becomes the command. Node cannot ask the kernel to start a process in
 * a group (clone3's CLONE_INTO_CGROUP).
 */
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { preferToUs } from './oom-preference.ts';
import type { Place } from './place.ts';
import { LEAVE_PIPES, MAKE_PIPES, openPipes, USE_PIPES } from './pipes.ts';
import { type Source, streamSource } from './source.ts';

export interface Launched {
  readonly pid: number;
  readonly stdout: Source;
  readonly stderr: Source;
  /** when it has ended, whatever still holds its output open */
  readonly exit: Promise<Exit>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What the command finds on descriptor 3: nothing, or the pipe that we gave to the shell as its next. */
const THIRD = { none: '3<&-', given: '3<&4 4<&-' } as const;

/** `told` is the word that we answer when it has said that it is there. */
const becoming = (third: keyof typeof THIRD) => `${MAKE_PIPES}
echo >&3
read -r told <&3 || exit
[ "$told" != pipes ] || ${USE_PIPES}
exec "$@" ${THIRD[third]} ${LEAVE_PIPES}`;

/**
 * Standard input is passed on as it is. The command leads a process group and session of its own, so that
 * signals reach what we send them to, and no more.
 *
 * @param env what the command gets beside this process's own environment
 * @param third what the command gets as file descriptor 3; ours is closed then. Null for nothing
 * @throws what the kernel says where the process cannot be moved into its group; nothing runs then
 */
export async function launch(
  command: readonly string[],
  place: Place,
  env: Readonly<Record<string, string>> = {},
  third: number | null = null,
): Promise<Launched> {
  const options: SpawnOptions = {
    stdio: ['inherit', 'pipe', 'pipe', 'pipe', ...(third === null ? [] : [third])],
    detached: true,
    env: { ...process.env, ...env },
  };
  const script = becoming(third === null ? 'none' : 'given');
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...command], options);
  if (third !== null) closeSync(third);
  const exit = new Promise<Exit>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const pid = await started(child);
  const gate = duplex(child.stdio[3]);
  gate.on('error', () => {}); // killed before it read the line: its end says so
  await Promise.race([once(gate, 'data').catch(() => {}), exit]);
  const pipes = openPipes(pid);
  try {
    if (place.own) writeFileSync(join(place.own.folder, 'cgroup.procs'), String(pid));
  } catch (error) {
    gate.end(); // the shell reads the end, and ends
    await exit;
    throw error;
  }
  preferToUs(pid, place);
  gate.end(pipes ? 'pipes\n' : 'sockets\n');
  const { stdout: out, stderr: err } = child;
  if (!out || !err) throw new Error('internal: a command without output');
  if (!pipes) return { pid, stdout: streamSource(out), stderr: streamSource(err), exit };
  out.destroy();
  err.destroy();
  return { pid, stdout: pipes.out, stderr: pipes.err, exit };
}

async function started(child: ChildProcess): Promise<number> {
  if (child.pid !== undefined) return child.pid;
  return await new Promise((_, reject) => child.once('error', reject));
}

function duplex(stream: Readable | Writable | null | undefined): Duplex {
  if (stream instanceof Duplex) return stream;
  throw new Error('internal: a command without a gate');
}

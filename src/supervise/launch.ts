/**
 * @file Starts a command so that its first instruction runs in the group that was made for it.
 *
 * A shell waits for a line on a pipe; it is moved into the group; then it gets the line and becomes the
 * command. Node cannot ask the kernel to start a process in a group (clone3's CLONE_INTO_CGROUP).
 */
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { MemoryGroup } from '#kernel';
import { makePipes } from './pipes.ts';

export interface Launched {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** when it has ended, whatever still holds its output open */
  readonly exit: Promise<Exit>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const BECOME = 'read -r go <&3 && exec "$@"';
/** What the command finds on descriptor 3: nothing, or the pipe that we gave to the shell as its next. */
const THIRD = { none: '3<&-', given: '3<&4 4<&-' } as const;

/**
 * Standard input is passed on as it is. The command leads a process group and session of its own, so that
 * signals reach what we send them to, and no more.
 *
 * @param env what the command gets beside this process's own environment
 * @param third what the command gets as file descriptor 3; ours is closed then. Null for nothing
 * @throws what the kernel says where the process cannot be moved into `group`; nothing runs then
 */
export async function launch(
  command: readonly string[],
  group: MemoryGroup | null,
  env: Readonly<Record<string, string>> = {},
  third: number | null = null,
): Promise<Launched> {
  const pipes = makePipes(2);
  const [out, err] = pipes ?? [];
  const options: SpawnOptions = {
    stdio: [
      'inherit',
      out?.write ?? 'pipe',
      err?.write ?? 'pipe',
      'pipe',
      ...(third === null ? [] : [third]),
    ],
    detached: true,
    env: { ...process.env, ...env },
  };
  const script = `${BECOME} ${third === null ? THIRD.none : THIRD.given}`;
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...command], options);
  for (const { write } of pipes ?? []) closeSync(write);
  if (third !== null) closeSync(third);
  const exit = new Promise<Exit>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const pid = await started(child);
  const gate = writable(child.stdio[3]);
  gate.on('error', () => {}); // killed before it read the line: its end says so
  try {
    if (group) writeFileSync(join(group.folder, 'cgroup.procs'), String(pid));
  } catch (error) {
    gate.end(); // the shell reads the end, and ends
    await exit;
    throw error;
  }
  gate.end('go\n');
  const [stdout, stderr] = [out?.read ?? child.stdout, err?.read ?? child.stderr];
  if (!stdout || !stderr) throw new Error('internal: a command without output');
  return { pid, stdout, stderr, exit };
}

async function started(child: ChildProcess): Promise<number> {
  if (child.pid !== undefined) return child.pid;
  return await new Promise((_, reject) => child.once('error', reject));
}

function writable(stream: Readable | Writable | null | undefined): Writable {
  if (stream && 'write' in stream) return stream;
  throw new Error('internal: a command without a gate');
}

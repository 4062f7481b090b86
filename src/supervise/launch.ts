/**
 * @file Starts a command so that its first instruction runs in the group that was made for it.
 *
 * A shell makes pipes for what the command will print, goes into the group, says so, and waits for a line; then it
 * becomes the command. Node cannot ask the kernel to start a process in a group (clone3's CLONE_INTO_CGROUP).
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
  /** null where its standard input is ours */
  readonly stdin: Writable | null;
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

/**
 * Its first word is the file by which the group is entered. A variable of ours would change one of that name in
 * the command's environment.
 */
const becoming = (third: keyof typeof THIRD) => `${MAKE_PIPES}
if { echo 0 >"$1"; } 2>/dev/null; then echo in >&3; else echo out >&3; fi
shift
read -r PLIMSOLL_SHELL <&3 || exit
[ "$PLIMSOLL_SHELL" != pipes ] || ${USE_PIPES}
unset PLIMSOLL_SHELL
exec "$@" ${THIRD[third]} ${LEAVE_PIPES}`;

/**
 * A process that writes 0 moves itself. As a thread, where version 1 allows that: to move a process the kernel waits
 * until no thread anywhere is being started, 5 to 20 ms (cgroup_procs_write_start of kernel/cgroup/cgroup.c).
 */
const ENTRANCE = { 1: 'tasks', 2: 'cgroup.procs' } as const;

/**
 * The command leads a process group and session of its own, so that
 * signals reach what we send them to, and no more.
 *
 * @param env what the command gets beside this process's own environment; undefined takes a variable away
 * @param third what the command gets as file descriptor 3; ours is closed then. Null for nothing
 * @param input its standard input: ours as it is, or a pipe from us
 * @throws what the kernel says where the process cannot be moved into its group; nothing runs then
 */
export async function launch(
  command: readonly string[],
  place: Place,
  env: Readonly<Record<string, string | undefined>> = {},
  third: number | null = null,
  input: 'inherit' | 'pipe' = 'inherit',
): Promise<Launched> {
  const options: SpawnOptions = {
    stdio: [input, 'pipe', 'pipe', 'pipe', ...(third === null ? [] : [third])],
    detached: true,
    env: { ...process.env, ...env },
  };
  const script = becoming(third === null ? 'none' : 'given');
  const { own } = place;
  const entrance = own ? join(own.folder, ENTRANCE[own.version]) : '';
  const child = spawn('/bin/sh', ['-c', script, 'sh', entrance, ...command], options);
  if (third !== null) closeSync(third);
  const exit = new Promise<Exit>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const pid = await started(child);
  const gate = duplex(child.stdio[3]);
  gate.on('error', () => {}); // killed before it read the line: its end says so
  const word = await Promise.race([once(gate, 'data').then(String, () => ''), exit]);
  const pipes = openPipes(pid);
  try {
    // Not by itself: then by us, or we learn why not.
    if (own && word === 'out\n') writeFileSync(join(own.folder, 'cgroup.procs'), String(pid));
  } catch (error) {
    gate.end(); // the shell reads the end, and ends
    await exit;
    throw error;
  }
  preferToUs(pid, place);
  gate.end(pipes ? 'pipes\n' : 'sockets\n');
  const { stdin, stdout: out, stderr: err } = child;
  if (!out || !err) throw new Error('internal: a command without output');
  if (!pipes) return { pid, stdin, stdout: streamSource(out), stderr: streamSource(err), exit };
  out.destroy();
  err.destroy();
  return { pid, stdin, stdout: pipes.out, stderr: pipes.err, exit };
}

async function started(child: ChildProcess): Promise<number> {
  if (child.pid !== undefined) return child.pid;
  return await new Promise((_, reject) => child.once('error', reject));
}

function duplex(stream: Readable | Writable | null | undefined): Duplex {
  if (stream instanceof Duplex) return stream;
  throw new Error('internal: a command without a gate');
}

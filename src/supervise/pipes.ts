/**
 * @file Pipes for what a command prints, and for what it is told. Node's own are sockets, which a program
 * cannot open again by name: `echo > /dev/stderr` in a script would fail (ENXIO) only because it is watched.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeSource, type Source } from './source.ts';

/**
 * For a shell: makes two pipes, for standard output and for standard error, without another process. Where a
 * text stands in a script (`<<`), dash, busybox and bash since 5.1 hand it over in a pipe (bash only where it is not
 * empty); a shell that has a file for it calls mkfifo. What remains without pipes prints into sockets.
 *
 * The shell opens the ends for writing (7 and 8) before we open those for reading: an anonymous pipe that nobody
 * holds for writing is at its end at once. Its one variable has a name that no environment has.
 */
export const MAKE_PIPES = `exec 5<<X 6<<X
:
X
:
X
read -r PLIMSOLL_SHELL <&5 && read -r PLIMSOLL_SHELL <&6
[ -p /proc/self/fd/6 ] || {
  PLIMSOLL_SHELL=$(mktemp -d) && mkfifo -m 600 "$PLIMSOLL_SHELL/5" "$PLIMSOLL_SHELL/6" &&
    exec 5<>"$PLIMSOLL_SHELL/5" 6<>"$PLIMSOLL_SHELL/6"
  rm -rf "$PLIMSOLL_SHELL"
} 2>/dev/null
[ -p /proc/self/fd/6 ] && exec 7>/proc/self/fd/5 8>/proc/self/fd/6`;

/** For the same shell: what it starts prints into them. */
export const USE_PIPES = 'exec >&7 2>&8';
/** What it starts gets none of the shell's own ends. */
export const LEAVE_PIPES = '5<&- 6<&- 7>&- 8>&-';

/** Our ends of the pipes that the shell `pid` has made; null where it has none, or they are not ours to open. */
export function openPipes(pid: number): { readonly out: Source; readonly err: Source } | null {
  const fds: number[] = [];
  try {
    for (const fd of [5, 6]) {
      fds.push(openSync(`/proc/${pid}/fd/${fd}`, constants.O_RDONLY | constants.O_NONBLOCK));
    }
    const [out, err] = fds.map(pipeSource);
    return out && err ? { out, err } : null;
  } catch {
    fds.forEach(closeSync);
    return null; // no /proc, or a module of the kernel's that guards it: sockets will do
  }
}

/** The other way: for a command to read. */
export interface InputPipe {
  /** must be closed once the child has it, or a child that no longer reads is never noticed */
  readonly read: number;
  /** does not wait for a reader: what does not fit is refused */
  readonly write: number;
}

/** Null where no named pipe can be made. */
export function makeInputPipe(): InputPipe | null {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-pipes-'));
    const name = join(folder, 'input');
    execFileSync('mkfifo', ['-m', '600', name], { stdio: 'ignore' });
    return openInput(name);
  } catch {
    return null; // no mkfifo here, or nowhere to put a name
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Opened for both first: neither end can be had alone without waiting for the other. */
function openInput(name: string): InputPipe {
  const both = openSync(name, constants.O_RDWR);
  try {
    const read = openSync(name, constants.O_RDONLY);
    return { read, write: openSync(name, constants.O_WRONLY | constants.O_NONBLOCK) };
  } finally {
    closeSync(both);
  }
}

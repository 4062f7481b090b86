/**
 * @file Pipes for what a command prints, and for what it is told. Node's own are sockets, which a program
 * cannot open again by name: `echo > /dev/stderr` in a script would fail (ENXIO) only because it is watched.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export interface Pipe {
  readonly read: Readable;
  /** for the child to write to; ours must be closed once the child has it, or the end is never seen */
  readonly write: number;
}

/** The other way: for a command to read. */
export interface InputPipe {
  /** must be closed once the child has it, or a child that no longer reads is never noticed */
  readonly read: number;
  /** does not wait for a reader: what does not fit is refused */
  readonly write: number;
}

/** As many as asked for; null where no named pipe can be made. */
export function makePipes(count: number): Pipe[] | null {
  return named(count, open);
}

/** Null where no named pipe can be made. */
export function makeInputPipe(): InputPipe | null {
  return named(1, openInput)?.[0] ?? null;
}

function named<T>(count: number, openOne: (name: string) => T): T[] | null {
  let folder: string | undefined;
  try {
    const made = (folder = mkdtempSync(join(tmpdir(), 'plimsoll-pipes-')));
    const names = Array.from({ length: count }, (_, i) => join(made, String(i)));
    execFileSync('mkfifo', ['-m', '600', ...names], { stdio: 'ignore' });
    return names.map(openOne);
  } catch {
    return null; // no mkfifo here, or nowhere to put a name: sockets will do
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** The reader first: a pipe without one cannot be opened for writing without waiting. */
function open(name: string): Pipe {
  const fd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const write = openSync(name, constants.O_WRONLY);
    return { read: new Socket({ fd, readable: true, writable: false }), write };
  } catch (error) {
    closeSync(fd);
    throw error;
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

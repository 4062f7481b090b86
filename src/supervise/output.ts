/**
 * @file What a command prints: passed on as it comes, its beginning and end kept in memory, and a file.
 * All three are bounded: a command may print 10 GB.
 */
import { closeSync, constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { Writable } from 'node:stream';
import type { Source } from './source.ts';

/** Enough for a stack trace of any of the runtimes, and for a banner with versions. */
const HEAD_BYTES = 64 * 1024;
const TAIL_BYTES = 64 * 1024;
const FILE_BYTES = 16 * 2 ** 20;
/** The most that a pipe holds by default (/proc/sys/fs/pipe-max-size). */
const PIPE_BYTES = 2 ** 20;

export interface Output {
  /** both streams in the order in which they came; in the middle a line for what was left out */
  text(): string;
  /** their end, in the same order */
  tail(): string;
  /** resolves when both streams have ended and all is passed on, or when nothing has come for so long */
  end(withinMs: number): Promise<void>;
}

interface Sources {
  readonly stdout: Source;
  readonly stderr: Source;
}

interface Sinks {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/**
 * @param file null for none
 * @param sinks where output goes on to; default: our own
 */
export function passOn(
  { stdout, stderr }: Sources,
  file: string | null,
  sinks: Sinks = { stdout: sink(1), stderr: sink(2) },
): Output {
  const keep = keeper();
  let passed = 0;
  const log = file === null ? null : openSync(file, 'w');
  let left = log === null ? 0 : FILE_BYTES;
  const take = (piece: Buffer) => {
    passed += piece.length;
    keep.add(piece);
    if (log === null || left <= 0) return;
    left -= writeSync(log, piece.subarray(0, left));
    if (left <= 0) writeSync(log, `\n[more than ${FILE_BYTES} bytes: the rest is not kept]\n`);
  };
  const streams = [
    { from: stdout, to: sinks.stdout },
    { from: stderr, to: sinks.stderr },
  ];
  const ends = streams.map(async ({ from, to }) => {
    // A reader that has gone (`| head`): the command must learn it, as it would without us.
    to.on('error', () => from.close());
    // One piece is on its way at a time: a slow reader slows the command down, as it would without us.
    from.read((piece, done) => {
      take(piece);
      to.write(piece, done);
    });
    await from.ended;
    to.end();
    await finished(to);
  });
  const all = Promise.allSettled(ends).then(() => true);
  return {
    text: () => keep.text(),
    tail: () => keep.tail(),
    end: async (withinMs) => {
      const before = passed;
      const later = () =>
        new Promise<boolean>((resolve) => setTimeout(resolve, withinMs, false).unref());
      // A reader may be slow: what the command had printed is passed on, and not what an orphan goes on to print.
      const busy = () =>
        passed - before <= PIPE_BYTES && streams.some(({ to }) => to.writableLength > 0);
      let over = false;
      while (!over) over = (await Promise.race([all, later()])) || !busy();
      for (const { from } of streams) from.close();
      if (log !== null) closeSync(log);
    },
  };
}

/**
 * Not process.stdout: that writes and waits, and a reader that is slow would stop all else here.
 *
 * A pipe is opened once more for us: what we set there (O_NONBLOCK) holds for nobody else who writes into it,
 * and the kernel tells when it has room again.
 */
function sink(fd: 1 | 2): Writable {
  const own = openedAgain(fd);
  return own === null ? waiting(fd) : new Socket({ fd: own, readable: false, writable: true });
}

/** Null where it is no pipe, or not ours to open. */
function openedAgain(fd: number): number | null {
  try {
    if (!fstatSync(fd).isFIFO()) return null;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return null; // it was closed before us, it has no reader any more (ENXIO), or there is no /proc
  }
}

/**
 * Files, terminals, sockets: another thread waits. Whoever shares a terminal or a socket may have made it
 * non-blocking, and when full it then refuses (EAGAIN): tried again, not an error.
 */
function waiting(fd: number): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const attempt = (rest: Buffer): void =>
        write(fd, rest, (error, written) => {
          if (error?.code === 'EAGAIN') setTimeout(attempt, FULL_MS, rest);
          else if (error) done(error);
          else if (written < rest.length) attempt(rest.subarray(written));
          else done();
        });
      attempt(chunk);
    },
  });
}

/** So much of a terminal's or a socket's buffer a millisecond, where its reader is quick enough. */
const FULL_MS = 1;

/** Copies: what is handed over is overwritten. */
function keeper() {
  const head = Buffer.allocUnsafeSlow(HEAD_BYTES);
  const tail = Buffer.allocUnsafeSlow(2 * TAIL_BYTES);
  let [headBytes, tailBytes, dropped] = [0, 0, 0];
  const addToTail = (all: Buffer) => {
    const piece = all.subarray(-TAIL_BYTES);
    dropped += all.length - piece.length;
    if (tailBytes + piece.length > tail.length) {
      const kept = TAIL_BYTES - piece.length; // so that the newest TAIL_BYTES are there
      tail.copyWithin(0, tailBytes - kept, tailBytes);
      dropped += tailBytes - kept;
      tailBytes = kept;
    }
    tailBytes += piece.copy(tail, tailBytes);
  };
  return {
    add(piece: Buffer): void {
      const first = piece.copy(head, headBytes);
      headBytes += first;
      if (first < piece.length) addToTail(piece.subarray(first));
    },
    text(): string {
      const end = tail.subarray(0, tailBytes).subarray(-TAIL_BYTES);
      const leftOut = dropped + tailBytes - end.length;
      const gap = leftOut === 0 ? '' : `\n[${leftOut} bytes left out]\n`;
      return `${head.toString('utf8', 0, headBytes)}${gap}${end.toString()}`;
    },
    tail(): string {
      return Buffer.concat([head.subarray(0, headBytes), tail.subarray(0, tailBytes)])
        .subarray(-TAIL_BYTES)
        .toString();
    },
  };
}

/**
 * @file What a command prints: passed on as it comes, its beginning and end kept in memory, and a file.
 * All three are bounded: a command may print 10 GB.
 */
import { closeSync, openSync, write, writeSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { type Readable, Writable } from 'node:stream';

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

interface Streams {
  readonly stdout: Readable;
  readonly stderr: Readable;
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
  { stdout, stderr }: Streams,
  file: string | null,
  sinks: Sinks = { stdout: sink(1), stderr: sink(2) },
): Output {
  const keep = keeper();
  let passed = 0;
  const log = file === null ? null : openSync(file, 'w');
  let left = log === null ? 0 : FILE_BYTES;
  const streams = [
    { from: stdout, to: sinks.stdout },
    { from: stderr, to: sinks.stderr },
  ];
  for (const { from, to } of streams) {
    from.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      keep.add(chunk);
      if (log === null || left <= 0) return;
      left -= writeSync(log, chunk.subarray(0, left));
      if (left <= 0) writeSync(log, `\n[more than ${FILE_BYTES} bytes: the rest is not kept]\n`);
    });
    from.pipe(to);
    // A reader that has gone (`| head`): the command must learn it, as it would without us.
    to.on('error', () => from.destroy());
    from.on('error', () => {}); // destroyed above, or EIO of a terminal that has gone
  }
  return {
    text: () => keep.text(),
    tail: () => keep.tail(),
    end: async (withinMs) => {
      const before = passed;
      const all = Promise.allSettled(streams.map(({ to }) => finished(to))).then(() => true);
      const later = () =>
        new Promise<boolean>((resolve) => setTimeout(resolve, withinMs, false).unref());
      // A reader may be slow: what the command had printed is passed on, and not what an orphan goes on to print.
      const busy = () =>
        passed - before <= PIPE_BYTES && streams.some(({ to }) => to.writableLength > 0);
      let over = false;
      while (!over) over = (await Promise.race([all, later()])) || !busy();
      for (const { from, to } of streams) {
        from.unpipe(to);
        from.destroy();
      }
      if (log !== null) closeSync(log);
    },
  };
}

/**
 * Not process.stdout: that writes and waits, and a reader that is slow would stop all else here. But whoever
 * touches it makes the descriptor non-blocking, and a full pipe then refuses (EAGAIN): tried again, not an error.
 */
function sink(fd: 1 | 2): Writable {
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

/** A pipe holds 64 KiB: so much a millisecond at least, where its reader is quick enough. */
const FULL_MS = 1;

function keeper() {
  const head: Buffer[] = [];
  let headRoom = HEAD_BYTES;
  let tail: Buffer[] = [];
  let tailBytes = 0;
  let dropped = 0;
  return {
    add(chunk: Buffer): void {
      const first = chunk.subarray(0, headRoom);
      if (first.length > 0) head.push(first);
      headRoom -= first.length;
      const rest = chunk.subarray(first.length);
      if (rest.length === 0) return;
      tail.push(rest);
      tailBytes += rest.length;
      if (tailBytes < 2 * TAIL_BYTES) return;
      const all = Buffer.concat(tail);
      tail = [Buffer.from(all.subarray(-TAIL_BYTES))]; // a copy: a view would keep all of it alive
      dropped += all.length - TAIL_BYTES;
      tailBytes = TAIL_BYTES;
    },
    text(): string {
      const gap = dropped === 0 ? '' : `\n[${dropped} bytes left out]\n`;
      return `${Buffer.concat(head).toString()}${gap}${Buffer.concat(tail).toString()}`;
    },
    tail(): string {
      return Buffer.concat([...head, ...tail])
        .subarray(-TAIL_BYTES)
        .toString();
    },
  };
}

/**
 * @file What a command prints, piece by piece, in the order in which it comes. Of a pipe all pieces lie in one
 * buffer, one after the other: 10 GB leave no garbage.
 */
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

export interface Source {
  /**
   * Hands over each piece, the next one when `done` has been called, which is after `take` has returned: by then this
   * one may be overwritten.
   */
  read(take: (piece: Buffer, done: () => void) => void): void;
  /** resolves when it has ended, or has been closed */
  readonly ended: Promise<void>;
  close(): void;
}

/** As much as a pipe holds by default (pipe(7)). */
const PIECE_BYTES = 64 * 1024;

/** @param fd of the end to read from, opened with O_NONBLOCK; closed with the source */
export function pipeSource(fd: number): Source {
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let taker: ((piece: Buffer, done: () => void) => void) | undefined;
  const callback = (length: number) => {
    taker?.(buffer.subarray(0, length), () => socket.resume());
    return false; // until it is done
  };
  // Node 20's documentation has it at connect(), and the types do; the constructor is where it is read.
  const options = { fd, readable: true, writable: false, onread: { buffer, callback } };
  const socket = new Socket(options);
  return {
    read: (take) => {
      taker = take;
      socket.resume();
    },
    ended: endOf(socket),
    close: () => socket.destroy(),
  };
}

export function streamSource(stream: Readable): Source {
  return {
    read: (take) => {
      stream.on('data', (piece: Buffer) => {
        stream.pause();
        take(piece, () => stream.resume());
      });
    },
    ended: endOf(stream),
    close: () => stream.destroy(),
  };
}

async function endOf(stream: Readable): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.once('end', resolve);
    stream.once('close', resolve);
    stream.on('error', () => {}); // EIO of a terminal that has gone; 'close' follows
  });
}

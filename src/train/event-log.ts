/**
 * @file events.jsonl: every event of a run, one line each, only ever added to. An event is one write,
 * so a kill can tear the last line at most; a torn line is cut off when the file is next opened.
 */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { throwWriteError, writeAll } from '#base';
import { encodeEvent, type RunEvent } from '#protocol';

export interface EventLog {
  /** @throws PlimsollError DISK_FULL, with the file as it was before the event */
  readonly append: (event: RunEvent) => void;
  readonly close: () => void;
}

/** Opens or creates `file`. Flushed to the disk when closed; a kill loses nothing written before. */
export function openEventLog(file: string): EventLog {
  const fd = openAtEnd(file);
  let open = true;
  return {
    append: (event) => {
      if (!open) throw new Error(`internal: ${event.type} event after the log was closed`);
      const line = Buffer.from(encodeEvent(event));
      const before = fstatSync(fd).size;
      try {
        writeAll(fd, line);
      } catch (error) {
        ftruncateSync(fd, before);
        throwWriteError(file, error);
      }
    },
    close: () => {
      if (!open) return;
      open = false;
      fsyncSync(fd);
      closeSync(fd);
    },
  };
}

function openAtEnd(file: string): number {
  try {
    const fd = openSync(file, 'a+');
    const { size } = fstatSync(fd);
    const whole = endOfLastLine(fd, size);
    if (whole < size) ftruncateSync(fd, whole);
    return fd;
  } catch (error) {
    return throwWriteError(file, error);
  }
}

/** Where the last newline ends, searched from the end: the file may be large, a line is not. */
function endOfLastLine(fd: number, size: number): number {
  const block = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0; end -= Math.min(end, block.length)) {
    const length = Math.min(end, block.length);
    readSync(fd, block, 0, length, end - length);
    const at = block.lastIndexOf(0x0a, length - 1);
    if (at >= 0) return end - length + at + 1;
  }
  return 0;
}

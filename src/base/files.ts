/**
 * @file Writing files so that a kill or a full disk at any instant leaves the old content or the new.
 *
 * The new content goes to a temporary name in the same folder, is flushed to the disk, takes the
 * final name by rename(2), and then the folder is flushed, so that the rename itself survives a
 * power cut. A temporary file left by a kill ends in `.tmp` and is never read.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { formatBytes } from './bytes.ts';
import { chanceText } from './chance.ts';
import { fail } from './fail.ts';

/** What a system call leaves when the disk or the user's quota is used up. */
const FULL = new Set(['ENOSPC', 'EDQUOT']);
/** What it leaves when the place cannot be written at all. */
const NOT_WRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'there is a folder of that name',
  ENAMETOOLONG: 'the name is too long',
  EFBIG: 'it is larger than the file system or the limit of this process allows',
  EIO: 'the disk reported an input/output error',
};

/**
 * Replaces `file` by what `write` puts into the open file `fd`, which it may read back.
 * If anything throws, `file` is as it was and no temporary file remains.
 * Throws DISK_FULL or FILE_NOT_WRITABLE for what the system reports, else the writer's own error.
 */
export function replaceFile(file: string, write: (fd: number) => void): void {
  const temporary = temporaryName(file);
  try {
    const fd = openSync(temporary, 'wx+', 0o666);
    try {
      write(fd);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, file);
    syncFolder(dirname(file));
  } catch (error) {
    rmSync(temporary, { force: true });
    throwWriteError(file, error);
  }
}

/** Replaces `file` by `content`; a string is written as UTF-8. */
export function writeFileSafely(file: string, content: string | Uint8Array): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  replaceFile(file, (fd) => writeAll(fd, bytes));
}

/** Makes `link` point to `target`, in one step; an older link of that name is replaced. */
export function replaceLink(link: string, target: string): void {
  const temporary = temporaryName(link);
  try {
    symlinkSync(target, temporary);
    renameSync(temporary, link);
    syncFolder(dirname(link));
  } catch (error) {
    rmSync(temporary, { force: true });
    throwWriteError(link, error);
  }
}

/** Writes all of `bytes`, at `offset` or where the file stands: write(2) may take only a part. */
export function writeAll(fd: number, bytes: Uint8Array, offset: number | null = null): void {
  let done = 0;
  while (done < bytes.length) {
    const at = offset === null ? null : offset + done;
    done += writeSync(fd, bytes, done, bytes.length - done, at);
  }
}

/** Flushes a folder's entries: after a rename or a new file, what makes the name itself durable. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** A name beside `file` for content that is not whole yet: hidden, unique, ending in `.tmp`. */
export function temporaryName(file: string): string {
  return join(dirname(file), `.${basename(file)}.${process.pid}-${chanceText(8)}.tmp`);
}

/** With all folders above it; one that is there stays as it is. @throws PlimsollError FILE_NOT_WRITABLE */
export function makeFolder(folder: string): void {
  try {
    makeWithParents(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST')
      fail('FILE_NOT_WRITABLE', { file: folder, reason: 'there is a file of that name' });
    throwWriteError(folder, error);
  }
}

/** Not mkdir's own `recursive`: where a folder that is there answers ENOENT, as /proc does, that never ends (Node 20). */
function makeWithParents(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return;
    const parent = dirname(folder);
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    makeWithParents(parent);
    makeWithParents(folder);
  }
}

/** Rethrows what a system call threw while `file` was written, as the error that a user can read. */
export function throwWriteError(file: string, error: unknown): never {
  const code = systemCodeOf(error) ?? '';
  if (FULL.has(code)) fail('DISK_FULL', { file, free: freeSpace(dirname(file)) }, { cause: error });
  const reason = NOT_WRITABLE[code];
  if (reason) fail('FILE_NOT_WRITABLE', { file, reason }, { cause: error });
  throw error;
}

/** `ENOENT`, `ECONNREFUSED` and the like: the code that Node gives to an error of the system. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function freeSpace(folder: string): string {
  try {
    const stats = statfsSync(folder);
    return formatBytes(stats.bavail * stats.bsize);
  } catch {
    return 'unknown'; // the folder may be what is missing; the error must still come out
  }
}

/** @file What the system says when a data file cannot be read, in words. */
import { fail, systemCodeOf } from '#base';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EIO: 'the disk reported an input/output error',
};

/** Rethrows a failed system call as DATA_FILE_UNREADABLE; any other error as it is. */
export function unreadable(file: string, error: unknown): never {
  const reason = REASONS[systemCodeOf(error) ?? ''];
  if (reason) fail('DATA_FILE_UNREADABLE', { file, reason }, { cause: error });
  throw error;
}

/** @file What the system says when a file cannot be read, in words. */
import { systemCodeOf } from './files.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its links lead in a circle',
  EIO: 'the disk reported an input/output error',
};

/** Undefined where the error is none of the system's about the file. */
export function readProblem(error: unknown): string | undefined {
  return REASONS[systemCodeOf(error) ?? ''];
}

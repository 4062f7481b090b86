/** @file A data file that cannot be read. */
import { fail, readProblem } from '#base';

/** Rethrows a failed system call as DATA_FILE_UNREADABLE; any other error as it is. */
export function unreadable(file: string, error: unknown): never {
  const reason = readProblem(error);
  if (reason) fail('DATA_FILE_UNREADABLE', { file, reason }, { cause: error });
  throw error;
}

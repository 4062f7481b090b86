/**
 * @file Every error that a user can meet, in one table: its code, its exit code and its message.
 *
 * A message says what was expected, what was found, in which file, and what to do next.
 * Rows are grouped by the folder that raises them. Raise one with `fail('CODE', {...})`.
 */

interface ErrorRow {
  /** What the command line exits with: 1 error, 2 wrong usage, 12 out of memory, 130 interrupted. */
  readonly exit: 1 | 2 | 12 | 130;
  // `never` lets each row name its own parameters and still be checked for its shape.
  readonly message: (params: never) => string;
}

export const ERRORS = {
  // base: sizes, run ids, files
  BYTES_MALFORMED: {
    exit: 2,
    message: (p: { text: string }) =>
      `expected a number of bytes such as 512MiB, 1.5g or 536870912, got '${p.text}'`,
  },
  RUN_ID_MALFORMED: {
    exit: 2,
    message: (p: { id: string; reason: string }) =>
      `run id '${p.id}': ${p.reason}. A run id names a folder: up to 128 letters, digits, '-', '_' and '.', beginning with a letter or digit, and not 'latest'`,
  },
  DISK_FULL: {
    exit: 1,
    message: (p: { file: string; free: string }) =>
      `the disk is full: ${p.file} could not be written (free there: ${p.free}). What the file held before is unchanged. Free some space, or write to another folder`,
  },
  FILE_NOT_WRITABLE: {
    exit: 1,
    message: (p: { file: string; reason: string }) =>
      `${p.file} could not be written: ${p.reason}. What the file held before is unchanged. Check the folder and its permissions, or write to another folder`,
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorParams<C extends ErrorCode> = Parameters<(typeof ERRORS)[C]['message']>[0];

/** @file What every kind of data file becomes: pairs of texts, and a count of what was passed over. */

/** One example: the model reads `source` and learns to answer `target`. Neither is blank. */
export interface Example {
  readonly source: string;
  readonly target: string;
}

/** What is wrong with a record that gives no example, for the message about its line. */
export interface Problem {
  readonly expected: string;
  readonly found: string;
}

export function isProblem(result: Example | Problem): result is Problem {
  return 'expected' in result;
}

export interface ExampleCounts {
  /** Records looked at: lines with something in them, or rows of the query. */
  readonly read: number;
  /** Of those, the ones that gave no example, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

export interface DataFile {
  readonly file: string;
  readonly kind: 'jsonl' | 'csv' | 'sqlite';
}

/**
 * The examples of one or more files, in their order. Each `for await` reads the files anew, a
 * little at a time: memory does not grow with the number of examples.
 */
export interface ExampleReader extends AsyncIterable<Example> {
  readonly files: readonly DataFile[];
  /** Of the newest pass, complete when it has ended. */
  readonly counts: ExampleCounts;
}

export interface ExampleOptions {
  /** SQL for a SQLite file; two columns of its result are source and target. */
  readonly query?: string;
  /** At most so many records are read of all files together, the first ones; a query's `LIMIT ?` is given it. */
  readonly limit?: number;
}

/** ExampleOptions as the readers of one file get them. */
export interface ReadOptions {
  readonly query: string | undefined;
  readonly limit: number | undefined;
}

/** The counts while a pass is under way. */
export interface Tally {
  read: number;
  readonly skipped: Record<string, number>;
}

/** Counts a record that gives no example. */
export function skip(tally: Tally, reason: string): void {
  tally.skipped[reason] = (tally.skipped[reason] ?? 0) + 1;
}

/** @file One reader for every kind of data file; the kind is told by content and name. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { fail } from '#base';
import { csvExamples } from './csv.ts';
import type {
  DataFile,
  Example,
  ExampleOptions,
  ExampleReader,
  ReadOptions,
  Tally,
} from './example.ts';
import { jsonlExamples } from './jsonl.ts';
import { sqliteExamples } from './sqlite.ts';
import { unreadable } from './unreadable.ts';

type Kind = DataFile['kind'];

const READERS: Readonly<
  Record<Kind, (file: string, options: ReadOptions, tally: Tally) => AsyncGenerator<Example>>
> = { jsonl: jsonlExamples, csv: csvExamples, sqlite: sqliteExamples };

const EXTENSIONS: Readonly<Record<string, Kind>> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.db': 'sqlite',
  '.sqlite': 'sqlite',
  '.sqlite3': 'sqlite',
};

/** The first bytes of every SQLite database (its file format, section 1.3). */
const SQLITE_MAGIC = 'SQLite format 3\0';

/**
 * Opens one file or several, read one after the other. Throws at once DATA_FILE_UNREADABLE,
 * DATA_EMPTY, DATA_KIND_UNKNOWN, DATA_QUERY_MISPLACED; while reading, what jsonl.ts, csv.ts and
 * sqlite.ts throw; and DATA_EMPTY at the end of a file without an example.
 */
export function openExamples(
  file: string | readonly string[],
  options: ExampleOptions = {},
): ExampleReader {
  const { limit = Infinity, query } = options;
  if (!(limit >= 1)) throw new Error(`internal: limit ${limit}`);
  const names = typeof file === 'string' ? [file] : file;
  const files = names.map((name) => ({ file: name, kind: kindOf(name) }));
  const other = files.find(({ kind }) => kind !== 'sqlite');
  if (query !== undefined && other) fail('DATA_QUERY_MISPLACED', { file: other.file, query });

  let newest: Tally = { read: 0, skipped: {} };
  return {
    files,
    get counts() {
      return newest;
    },
    async *[Symbol.asyncIterator]() {
      const tally: Tally = { read: 0, skipped: {} };
      newest = tally;
      for (const each of files) {
        if (tally.read >= limit) return;
        yield* examplesOf(each, options, tally);
      }
    },
  };
}

/** One file's examples. Its counts join those of the files before, also when a pass ends early. */
async function* examplesOf(
  { file, kind }: DataFile,
  { query, limit }: ExampleOptions,
  all: Tally,
): AsyncGenerator<Example> {
  const own: Tally = { read: 0, skipped: {} };
  const left = limit === undefined ? undefined : limit - all.read;
  let examples = 0;
  try {
    for await (const example of READERS[kind](file, { query, limit: left }, own)) {
      examples++;
      yield example;
    }
  } finally {
    all.read += own.read;
    for (const [reason, count] of Object.entries(own.skipped))
      all.skipped[reason] = (all.skipped[reason] ?? 0) + count;
  }
  if (examples === 0) fail('DATA_EMPTY', { file, ...own });
}

function kindOf(file: string): Kind {
  const head = headOf(file);
  if (head.startsWith(SQLITE_MAGIC)) return 'sqlite';
  if (head === '') fail('DATA_EMPTY', { file, read: 0, skipped: {} });
  const kind = EXTENSIONS[extname(file).toLowerCase()];
  if (kind === 'sqlite')
    fail('DATA_FILE_UNREADABLE', { file, reason: 'it is not a SQLite database' });
  if (kind) return kind;
  // A name that says nothing: a line of JSON is told by its brace, CSV by nothing.
  if (/^(\u00ef\u00bb\u00bf)?\s*\{/.test(head)) return 'jsonl';
  return fail('DATA_KIND_UNKNOWN', { file, expected: Object.keys(EXTENSIONS).join(' ') });
}

/** The first bytes of the file, one character each. */
function headOf(file: string): string {
  try {
    // Reading a pipe here would take its first bytes away, and it could not be read twice anyway.
    if (!statSync(file).isFile())
      fail('DATA_FILE_UNREADABLE', { file, reason: 'it is not a regular file' });
    const fd = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(64);
      return bytes.toString('latin1', 0, readSync(fd, bytes));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return unreadable(file, error);
  }
}

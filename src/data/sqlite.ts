/** @file SQLite: the rows of one query, read one by one from a database that is never written. */
import Database from 'better-sqlite3';
import { fail, PlimsollError } from '#base';
import { skip, type Example, type ReadOptions, type Tally } from './example.ts';
import { rowReader, type Row, type RowReader } from './sqlite-columns.ts';

/** The history of a home-automation service: its newest requests, with what it suggested. */
export const DEFAULT_QUERY =
  'SELECT original_query, suggestions FROM ask_ai_queries WHERE suggestions IS NOT NULL ORDER BY created_at DESC LIMIT ?';

/** The service may be writing while we read: wait so long for its lock. */
const LOCK_TIMEOUT_MS = 5000;
/** KiB of pages that SQLite keeps, or sorts, in memory: its own default. better-sqlite3's is 16,000. */
const CACHE_KIB = 2000;
/** SQLite takes a negative LIMIT for none. */
const NO_LIMIT = -1;

/**
 * Rows without a usable pair are skipped and counted: a history has such rows, and nobody can
 * correct it. Throws DATA_FILE_UNREADABLE, DATA_QUERY_FAILED, DATA_COLUMNS_UNKNOWN.
 */
// oxlint-disable-next-line require-await -- a reader like the others; better-sqlite3 itself is synchronous
export async function* sqliteExamples(
  file: string,
  { query = DEFAULT_QUERY, limit }: ReadOptions,
  tally: Tally,
): AsyncGenerator<Example> {
  const database = open(file);
  try {
    database.pragma(`cache_size = -${CACHE_KIB}`);
    const statement = prepare(database, query);
    let exampleOf: RowReader | undefined;
    for (const row of rowsOf(statement, limit)) {
      exampleOf ??= rowReader(file, query, statement.columns(), row);
      tally.read++;
      const example = exampleOf(row);
      if (typeof example === 'string') skip(tally, example);
      else yield example;
      if (tally.read >= (limit ?? Infinity)) return; // the query may be one without LIMIT ?
    }
  } catch (error) {
    explain(database, file, query, error);
  } finally {
    database.close();
  }
}

function open(file: string): Database.Database {
  try {
    return new Database(file, { readonly: true, fileMustExist: true, timeout: LOCK_TIMEOUT_MS });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return fail('DATA_FILE_UNREADABLE', { file, reason }, { cause });
  }
}

type Statement = Database.Statement<unknown[], Row>;

function prepare(database: Database.Database, query: string): Statement {
  const statement = database.prepare<unknown[], Row>(query);
  if (!statement.reader || !statement.readonly) throw new RangeError('it is not a SELECT');
  return statement.raw();
}

/** Binds the limit to the query's `?` if it has one. */
function rowsOf(statement: Statement, limit: number | undefined): IterableIterator<Row> {
  try {
    return statement.iterate(limit ?? NO_LIMIT);
  } catch (error) {
    // better-sqlite3 does not say beforehand how many parameters a statement has.
    if (error instanceof RangeError && error.message.startsWith('Too many parameter'))
      return statement.iterate();
    throw error;
  }
}

/** Codes of SQLite for a file that cannot be read, whatever the query. */
const FILE_REASONS: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'it is not a SQLite database',
  SQLITE_CORRUPT: 'the database is damaged',
  SQLITE_BUSY: 'another program has locked the database',
  SQLITE_LOCKED: 'another program has locked the database',
  SQLITE_CANTOPEN: 'SQLite could not open it or the -wal and -shm files beside it',
};

function explain(database: Database.Database, file: string, query: string, cause: unknown): never {
  if (cause instanceof PlimsollError || !(cause instanceof Error)) throw cause;
  const code = 'code' in cause ? String(cause.code) : '';
  const damaged = code.startsWith('SQLITE_IOERR') ? 'SQLITE_CORRUPT' : code;
  const reason = FILE_REASONS[damaged];
  if (reason) fail('DATA_FILE_UNREADABLE', { file, reason }, { cause });
  if (!(cause instanceof RangeError) && !code.startsWith('SQLITE_')) throw cause;
  fail(
    'DATA_QUERY_FAILED',
    { file, query, reason: cause.message, tables: tablesOf(database) },
    { cause },
  );
}

function tablesOf(database: Database.Database): string {
  const names = database
    .prepare<[], string>(
      "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name",
    )
    .pluck()
    .all();
  return names.length > 0 ? names.join(', ') : 'none';
}

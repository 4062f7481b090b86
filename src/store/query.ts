/**
 * @file Queries written with kysely, whose types know the tables, and run by better-sqlite3 at once: a step of
 * a run is one synchronous transaction, and nothing of this process can come between its parts.
 */
import type Database from 'better-sqlite3';
import {
  type Compilable,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { systemCodeOf, throwWriteError } from '#base';
import type { Tables } from './schema.ts';

/** Makes queries; it has no connection. */
export const tables = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** For LIKE with ESCAPE '\\': whatever is written in it stands for itself. */
export function anywhere(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

export interface Connection {
  all<Row>(query: Compilable<Row>): Row[];
  first<Row>(query: Compilable<Row>): Row | null;
  run(query: Compilable): { readonly changes: number; readonly id: number };
  /** All of `steps`, or, where it throws, nothing. Within another it is a part of that one. */
  transaction<T>(steps: () => T): T;
  /** Calls `listener` after each transaction that changed something, until what it returns is called. */
  onCommit(listener: () => void): () => void;
  /** Calls them, too, where another process has changed something since this was called last. */
  lookElsewhere(): void;
}

export function connectionOf(database: Database.Database): Connection {
  /** What SQLite says of the disk, in the words of a user. */
  const told = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      const isFull = FULL.has(systemCodeOf(error) ?? '');
      const cause = isFull ? Object.assign(new Error(String(error)), { code: 'ENOSPC' }) : error;
      return throwWriteError(database.name, cause);
    }
  };
  const statements = new Map<string, Database.Statement>();
  const listeners = new Set<() => void>();
  let changed = false;
  let seen = versionOf(database);
  const prepared = ({ sql }: { readonly sql: string }) => {
    const known = statements.get(sql);
    if (known) return known;
    const made = database.prepare(sql);
    if (statements.size < MOST_STATEMENTS) statements.set(sql, made);
    return made;
  };
  const all = <Row>(query: Compilable<Row>): Row[] => {
    const compiled = query.compile();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- kysely derived it from the tables
    return told(() => prepared(compiled).all(...compiled.parameters) as Row[]);
  };
  const tell = () => {
    if (!changed || database.inTransaction) return;
    changed = false;
    for (const listener of listeners) listener();
  };
  return {
    all,
    first: (query) => all(query)[0] ?? null,
    run: (query) => {
      const compiled = query.compile();
      const { changes, lastInsertRowid } = told(() =>
        prepared(compiled).run(...compiled.parameters),
      );
      changed ||= changes > 0;
      tell();
      return { changes, id: Number(lastInsertRowid) };
    },
    transaction: (steps) => {
      const result = database.inTransaction
        ? steps()
        : told(() => database.transaction(steps).immediate());
      tell();
      return result;
    },
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    lookElsewhere: () => {
      const version = versionOf(database);
      changed ||= version !== seen;
      seen = version;
      tell();
    },
  };
}

/** Rises with what other connections commit, and not with what this one does (sqlite.org/pragma.html). */
function versionOf(database: Database.Database): unknown {
  return database.pragma('data_version', { simple: true });
}

/** The second is of the memory that readers and writers share (-shm). */
const FULL: ReadonlySet<string> = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE']);
/** Queries with lists of values differ in their text by the lists' lengths. */
const MOST_STATEMENTS = 200;

/**
 * @file The database of a data folder: opened, brought to today's format, and held against a second service.
 *
 * WAL (sqlite.org/wal.html): readers do not wait for a writer, and a process that is killed at any moment leaves
 * the last transaction whole or absent. With synchronous=NORMAL a power cut may take the last transactions too,
 * never a part of one.
 */
import Database from 'better-sqlite3';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { fail, makeFolder, PlimsollError, systemCodeOf, throwWriteError } from '#base';
import { FORMAT, formatOf, migrate } from './migrations.ts';

const DATABASE = 'plimsoll.db';
/** Locked for as long as a service lives; the kernel lets go of it, however that ends. */
const LOCK = 'service.lock';
/** The command line may be writing a token. */
const WAIT_FOR_LOCK_MS = 5000;
/** KiB of pages that SQLite keeps: the service shares a small container with its runs. */
const CACHE_KIB = 1024;

/** @throws PlimsollError FILE_NOT_WRITABLE, DISK_FULL, DATABASE_TOO_NEW, DATABASE_UNUSABLE */
export function openDatabase(folder: string): Database.Database {
  makeFolder(folder);
  refuseReadOnly(folder);
  const file = join(folder, DATABASE);
  return attempt(file, () => {
    const database = new Database(file, { timeout: WAIT_FOR_LOCK_MS });
    try {
      const got = formatOf(database);
      if (got > FORMAT) fail('DATABASE_TOO_NEW', { file, expected: FORMAT, got });
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = NORMAL');
      database.pragma('foreign_keys = ON');
      database.pragma(`cache_size = -${CACHE_KIB}`);
      migrate(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/**
 * Keeps a second service out of the folder until `close` of what it gives back.
 *
 * @throws PlimsollError SERVICE_FOLDER_IN_USE
 */
export function lockDataFolder(folder: string): Database.Database {
  const file = join(folder, LOCK);
  return attempt(file, () => {
    const lock = new Database(file, { timeout: 0 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return lock;
    } catch (error) {
      lock.close();
      if (systemCodeOf(error) === 'SQLITE_BUSY') fail('SERVICE_FOLDER_IN_USE', { folder });
      throw error;
    }
  });
}

function refuseReadOnly(folder: string): void {
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throwWriteError(folder, error);
  }
}

/** What SQLite says, in the words of a user. */
function attempt<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof PlimsollError) throw error;
    const code = systemCodeOf(error) ?? '';
    if (!code.startsWith('SQLITE_')) throw error;
    if (code === 'SQLITE_FULL')
      throwWriteError(file, Object.assign(new Error(), { code: 'ENOSPC' }));
    const reason = REASONS[code] ?? (error instanceof Error ? error.message : code);
    return fail('DATABASE_UNUSABLE', { file, reason }, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'it is not a SQLite database',
  SQLITE_CORRUPT: 'it is damaged',
  SQLITE_READONLY: 'it cannot be written to',
  SQLITE_CANTOPEN: 'SQLite could not open it or the -wal and -shm files beside it',
  SQLITE_BUSY: 'another program has locked it',
};

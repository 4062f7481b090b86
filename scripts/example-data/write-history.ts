/** @file Writes a history into a database of the schema that home-automation services of this kind use. */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { HistoryRow } from './history.ts';

const SCHEMA = `CREATE TABLE ask_ai_queries (
  query_id TEXT PRIMARY KEY,
  original_query TEXT,
  user_id TEXT,
  parsed_intent TEXT,
  extracted_entities JSON,
  suggestions JSON,
  confidence REAL,
  processing_time_ms INTEGER,
  created_at DATETIME
)`;

/** Replaces `file`; returns its size in bytes. */
export function writeHistory(file: string, rows: readonly HistoryRow[]): number {
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  const database = new Database(file);
  database.exec(SCHEMA);
  const insert = database.prepare(
    `INSERT INTO ask_ai_queries VALUES (@query_id, @original_query, @user_id, @parsed_intent,
     @extracted_entities, @suggestions, @confidence, @processing_time_ms, @created_at)`,
  );
  database.transaction(() => {
    for (const row of rows) insert.run(row);
  })();
  database.exec('VACUUM');
  database.close();
  return statSync(file).size;
}

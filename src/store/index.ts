/** @file The door of store/: runs, attempts, events, samples, tokens and the audit log, in one SQLite database. */
export type { AuditEntry } from './audit.ts';
export type { EventJson, NewEvent } from './events.ts';
export type { Heard } from './run-states.ts';
export type { AttemptRow, FileRow, JobRow, RunRow } from './schema.ts';
export { openStore, type Store } from './store.ts';

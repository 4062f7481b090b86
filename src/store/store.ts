/** @file The store of a data folder. */
import { type AuditStore, auditStore } from './audit.ts';
import { type EventStore, eventStore } from './events.ts';
import { type FileStore, fileStore } from './files.ts';
import { type JobStore, jobStore } from './jobs.ts';
import { lockDataFolder, openDatabase } from './open-database.ts';
import { type Connection, connectionOf, tables } from './query.ts';
import { type RunStates, runStates } from './run-states.ts';
import { type RunStore, runStore } from './runs.ts';
import { type SampleStore, sampleStore } from './samples.ts';
import { type ScheduleStore, scheduleStore } from './schedules.ts';
import { type SessionStore, sessionStore } from './sessions.ts';
import { type TokenStore, tokenStore } from './tokens.ts';

export interface Store {
  /** tells the service of this folder from others, whatever it is called and wherever it listens */
  readonly service: string;
  readonly runs: RunStore;
  readonly states: RunStates;
  readonly events: EventStore;
  readonly samples: SampleStore;
  readonly tokens: TokenStore;
  readonly sessions: SessionStore;
  readonly schedules: ScheduleStore;
  readonly files: FileStore;
  readonly jobs: JobStore;
  readonly audit: AuditStore;
  /** All of `steps`, or, where it throws, nothing. */
  transaction<T>(steps: () => T): T;
  /** Tells listeners of what another process has changed: a token that the command line has revoked. */
  lookElsewhere(): void;
  close(): void;
}

/**
 * @param alone keeps other services out of the folder; the command line, which makes a token, need not
 * @throws PlimsollError SERVICE_FOLDER_IN_USE, FILE_NOT_WRITABLE, DISK_FULL, DATABASE_TOO_NEW, DATABASE_UNUSABLE
 */
export function openStore(folder: string, { alone }: { readonly alone: boolean }): Store {
  const database = openDatabase(folder);
  let lock: ReturnType<typeof lockDataFolder> | null = null;
  try {
    lock = alone ? lockDataFolder(folder) : null;
  } catch (error) {
    database.close();
    throw error;
  }
  const connection = connectionOf(database);
  const runs = runStore(connection);
  const events = eventStore(connection);
  const samples = sampleStore(connection);
  const tokens = tokenStore(connection);
  return {
    service: serviceIn(connection),
    runs,
    states: runStates(connection, { runs, events, samples }),
    events,
    samples,
    tokens,
    sessions: sessionStore(connection, tokens),
    schedules: scheduleStore(connection),
    files: fileStore(connection),
    jobs: jobStore(connection),
    audit: auditStore(connection),
    transaction: (steps) => connection.transaction(steps),
    lookElsewhere: () => connection.lookElsewhere(),
    close: () => {
      database.close();
      lock?.close();
    },
  };
}

function serviceIn(connection: Connection): string {
  const row = connection.first(tables.selectFrom('service').selectAll());
  if (!row) throw new Error('internal: the service of this folder has no id');
  return row.id;
}

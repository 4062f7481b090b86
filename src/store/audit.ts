/** @file Who changed what, and who was refused. Bounded: the newest are kept. */
import { type Connection, tables } from './query.ts';
import type { AuditRow } from './schema.ts';

export type AuditEntry = Omit<AuditRow, 'id' | 'time'>;

export interface AuditStore {
  add(entry: AuditEntry): void;
  /** the newest first */
  list(limit: number): AuditRow[];
}

/** Some 15 MiB. */
const KEPT = 100_000;
/** So often the oldest go. */
const EVERY = 100;

export function auditStore(connection: Connection): AuditStore {
  return {
    add: (entry) => {
      const row = { ...entry, time: new Date().toISOString() };
      const { id } = connection.run(tables.insertInto('audit').values(row));
      if (id % EVERY === 0) connection.run(tables.deleteFrom('audit').where('id', '<=', id - KEPT));
    },
    list: (limit) =>
      connection.all(tables.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(limit)),
  };
}

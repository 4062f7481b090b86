/** @file Files that clients have sent, and those of results: what is known of each. Their content is on the disk. */
import { sql } from 'kysely';
import { anywhere, type Connection, tables } from './query.ts';
import type { FileRow } from './schema.ts';

export interface FileFilter {
  /** at most so many */
  readonly limit: number;
  readonly purpose?: FileRow['purpose'] | undefined;
  /** by age: asc for the oldest first */
  readonly order: 'asc' | 'desc';
  /** a part of its name */
  readonly search?: string | undefined;
  /** only those that come after this one in that order */
  readonly after?: FileRow | undefined;
}

export interface FileStore {
  add(file: Omit<FileRow, 'seq' | 'created_at'>): FileRow;
  byId(id: string): FileRow | null;
  list(filter: FileFilter): FileRow[];
  /** False where there is none. */
  remove(id: string): boolean;
}

export function fileStore(connection: Connection): FileStore {
  const rows = tables.selectFrom('files').selectAll();
  const byId = (id: string) => connection.first(rows.where('id', '=', id));
  return {
    add: (file) => {
      const row = { ...file, created_at: new Date().toISOString() };
      connection.run(tables.insertInto('files').values(row));
      const added = byId(file.id);
      if (!added) throw new Error(`internal: file ${file.id} was not stored`);
      return added;
    },
    byId,
    list: ({ limit, purpose, search, order, after }) => {
      let query = rows.orderBy('seq', order).limit(limit);
      if (purpose !== undefined) query = query.where('purpose', '=', purpose);
      if (search !== undefined)
        query = query.where(sql<boolean>`name LIKE ${anywhere(search)} ESCAPE '\\'`);
      if (after) query = query.where('seq', order === 'asc' ? '>' : '<', after.seq);
      return connection.all(query);
    },
    remove: (id) => connection.run(tables.deleteFrom('files').where('id', '=', id)).changes > 0,
  };
}

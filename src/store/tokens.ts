/** @file Tokens: made, found by their hash, listed, revoked. */
import { createHash, randomBytes } from 'node:crypto';
import { PlimsollError } from '#base';
import type { ApiToken, MadeToken, NewToken } from '#protocol';
import { type Connection, tables } from './query.ts';
import type { TokenRow } from './schema.ts';

export interface TokenStore {
  /** Makes a token; it is told this once. */
  create(token: NewToken): MadeToken;
  /** The one that `token` is; null where it is none, or revoked. */
  find(token: string): ApiToken | null;
  /** The one with this id; null where there is none, or it was revoked. */
  valid(id: number): ApiToken | null;
  list(): ApiToken[];
  /** Null where there is none of that id. Twice does no harm. */
  revoke(id: number): ApiToken | null;
  /** whether any was ever made */
  any(): boolean;
}

/** Lets scanners for leaked secrets tell ours. */
const PREFIX = 'plimsoll_';
const RANDOM_BYTES = 32;

export function tokenStore(connection: Connection): TokenStore {
  const rows = tables.selectFrom('tokens').selectAll();
  const byId = (id: number) => {
    const row = connection.first(rows.where('id', '=', id));
    return row && tokenOf(row);
  };
  return {
    create: ({ name, scope }) => {
      const token = `${PREFIX}${randomBytes(RANDOM_BYTES).toString('base64url')}`;
      const created_at = new Date().toISOString();
      const row = { name, scope, hash: hashOf(token), created_at };
      const { id } = connection.run(tables.insertInto('tokens').values(row));
      const times = { createdAt: created_at, lastUsedAt: null, revokedAt: null };
      return { id, name, scope, ...times, token };
    },
    find: (token) => {
      const row = connection.first(rows.where('hash', '=', hashOf(token)));
      if (!row || row.revoked_at !== null) return null;
      const now = toTheMinute(new Date());
      if (row.last_used_at !== now) {
        const used = tables.updateTable('tokens').set({ last_used_at: now });
        unlessFull(() => connection.run(used.where('id', '=', row.id)));
      }
      return tokenOf({ ...row, last_used_at: now });
    },
    valid: (id) => {
      const token = byId(id);
      return token?.revokedAt === null ? token : null;
    },
    list: () => connection.all(rows.orderBy('id')).map(tokenOf),
    revoke: (id) => {
      const revoked = tables.updateTable('tokens').set({ revoked_at: new Date().toISOString() });
      connection.run(revoked.where('id', '=', id).where('revoked_at', 'is', null));
      return byId(id);
    },
    any: () => connection.first(rows.limit(1)) !== null,
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** With a full disk there is still much to be looked at. */
function unlessFull(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof PlimsollError && error.code === 'DISK_FULL')) throw error;
  }
}

/** Written once a minute, not with each request. */
function toTheMinute(now: Date): string {
  return new Date(Math.floor(now.getTime() / 60_000) * 60_000).toISOString();
}

function tokenOf(row: TokenRow): ApiToken {
  const { id, name, scope, created_at, last_used_at, revoked_at } = row;
  return {
    id,
    name,
    scope,
    createdAt: created_at,
    lastUsedAt: last_used_at,
    revokedAt: revoked_at,
  };
}

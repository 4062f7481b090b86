/** @file Sessions of people who look at the dashboard: begun with a token, found by the hash of what their cookie says. */
import { createHash, randomBytes } from 'node:crypto';
import type { ApiToken } from '#protocol';
import { type Connection, tables } from './query.ts';
import type { TokenStore } from './tokens.ts';

export interface Session {
  readonly token: ApiToken;
  readonly expiresAt: string;
}

export interface SessionStore {
  /** What the cookie is to say; it is told this once. */
  begin(token: ApiToken, seconds: number): { readonly id: string; readonly expiresAt: string };
  /** Null where it is none, has expired, or its token was revoked. */
  find(id: string): Session | null;
  /** Whether it would last, had its token not been revoked. */
  isRevoked(id: string): boolean;
  /** Twice does no harm. */
  end(id: string): void;
}

const RANDOM_BYTES = 32;

export function sessionStore(
  connection: Connection,
  tokens: Pick<TokenStore, 'valid'>,
): SessionStore {
  const lasting = (id: string) =>
    connection.first(
      tables
        .selectFrom('sessions')
        .selectAll()
        .where('hash', '=', hashOf(id))
        .where('expires_at', '>', new Date().toISOString()),
    );
  return {
    begin: (token, seconds) => {
      const now = new Date();
      const id = randomBytes(RANDOM_BYTES).toString('base64url');
      const expires_at = new Date(now.getTime() + seconds * 1000).toISOString();
      const row = { hash: hashOf(id), token_id: token.id, created_at: now.toISOString() };
      connection.transaction(() => {
        connection.run(tables.deleteFrom('sessions').where('expires_at', '<=', now.toISOString()));
        connection.run(tables.insertInto('sessions').values({ ...row, expires_at }));
      });
      return { id, expiresAt: expires_at };
    },
    find: (id) => {
      const row = lasting(id);
      const token = row && tokens.valid(row.token_id);
      return row && token && { token, expiresAt: row.expires_at };
    },
    isRevoked: (id) => {
      const row = lasting(id);
      return row !== null && tokens.valid(row.token_id) === null;
    },
    end: (id) => {
      connection.run(tables.deleteFrom('sessions').where('hash', '=', hashOf(id)));
    },
  };
}

/** 256 random bits need no slower one. */
function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

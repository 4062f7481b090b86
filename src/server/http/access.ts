/** @file Who calls, and whether they may. */
import { fail } from '#base';
import { type ApiToken, type Scope, SCOPES } from '#protocol';
import type { Store } from '#store';
import { type RateLimit, rateLimit } from './rate-limit.ts';
import { isFromOwnPage, type SessionCookie } from './session-cookie.ts';

export interface Caller {
  readonly headers: Headers;
  readonly address: string;
  /** `GET /api/v1/admin/training/runs` */
  readonly call: string;
  /** whether it is one that changes something */
  readonly changes: boolean;
}

export interface Access {
  /**
   * The token of the caller; null where none is needed.
   *
   * @throws PlimsollError TOKEN_MISSING, TOKEN_UNKNOWN, TOKEN_REVOKED, SESSION_OVER, REQUEST_FROM_ELSEWHERE, TOO_MANY_REQUESTS
   */
  identify(caller: Caller, scope: Scope | null): ApiToken | null;
}

/** Nobody guesses 256 bits; it keeps a wrong client from filling the log. */
const FAILURES_A_SECOND = 0.2;
const FAILURES_AT_ONCE = 20;
/** Of what needs no token, of one address. */
const OPEN_A_SECOND = 20;
const OPEN_AT_ONCE = 100;

export function accessOf(
  { tokens, sessions }: Pick<Store, 'tokens' | 'sessions'>,
  cookie: SessionCookie,
  perSecond: number,
): Access {
  const calls = rateLimit(perSecond, 2 * perSecond);
  const failures = rateLimit(FAILURES_A_SECOND, FAILURES_AT_ONCE);
  const open = rateLimit(OPEN_A_SECOND, OPEN_AT_ONCE);
  /** By its token, else by its session. */
  const tokenOf = ({ headers, call, changes }: Caller): ApiToken => {
    const text = tokenIn(headers);
    if (text !== null) return tokens.find(text) ?? fail('TOKEN_UNKNOWN', { call });
    const id = cookie.idIn(headers);
    if (id === null) return fail('TOKEN_MISSING', { call });
    const session =
      sessions.find(id) ??
      fail(sessions.isRevoked(id) ? 'TOKEN_REVOKED' : 'SESSION_OVER', { call });
    if (changes && !isFromOwnPage(headers)) fail('REQUEST_FROM_ELSEWHERE', { call });
    return session.token;
  };
  return {
    identify: (caller, scope) => {
      const { address } = caller;
      if (scope === null) {
        take(open, address);
        return null;
      }
      let token: ApiToken;
      try {
        token = tokenOf(caller);
      } catch (error) {
        take(failures, address);
        throw error;
      }
      take(calls, String(token.id));
      return token;
    },
  };
}

/** @throws PlimsollError SCOPE_MISSING */
export function refuseBeyondScope(token: ApiToken | null, needed: Scope | null): void {
  if (token === null || needed === null) return;
  const { scope } = token;
  if (SCOPES.indexOf(scope) < SCOPES.indexOf(needed)) fail('SCOPE_MISSING', { needed, scope });
}

function take(limit: RateLimit, who: string): void {
  const seconds = limit.take(who);
  if (seconds > 0) fail('TOO_MANY_REQUESTS', { seconds: Math.ceil(seconds) });
}

/** The standard's header, else the original service's. */
export function tokenIn(headers: Headers): string | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')?.[1];
  return bearer ?? headers.get('x-homeiq-api-key');
}

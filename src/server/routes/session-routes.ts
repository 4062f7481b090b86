/**
 * @file Signing in to the dashboard: a token is exchanged for a session, and a cookie says which. The token comes in
 * the header in which any call has it, so that it is in no body, no address and no log.
 */
import { fail } from '#base';
import { type ServiceSession, serviceSessionSchema } from '#protocol';
import type { Store } from '#store';
import { tokenIn } from '../http/access.ts';
import { type Route, route } from '../http/route.ts';
import type { SessionCookie } from '../http/session-cookie.ts';

const PATH = '/api/v1/session';

/** @param hours from the sign-in to the end, whatever is done meanwhile */
export function sessionRoutes(
  { sessions }: Pick<Store, 'sessions'>,
  cookie: SessionCookie,
  hours: number,
): Route[] {
  const seconds = hours * 3600;
  return [
    route({
      method: 'POST',
      path: PATH,
      summary: 'Sign in with a token: the answer sets a cookie that stands for it',
      scope: 'read',
      answer: { status: 201, schema: serviceSessionSchema },
      handle: ({ token, headers }) => {
        // A session that could begin the next would never end.
        if (!token || tokenIn(headers) === null)
          return fail('TOKEN_MISSING', { call: `POST ${PATH}` });
        const { id, expiresAt } = sessions.begin(token, seconds);
        const { name, scope } = token;
        const session: ServiceSession = { name, scope, expiresAt };
        const told = { 'Set-Cookie': cookie.set(id, seconds, headers) };
        return Response.json(session, { status: 201, headers: told });
      },
    }),
    route({
      method: 'GET',
      path: PATH,
      summary: 'Who calls, and until when a session lasts',
      scope: 'read',
      answer: { status: 200, schema: serviceSessionSchema },
      handle: ({ token, headers }): ServiceSession => {
        if (!token) return fail('TOKEN_MISSING', { call: `GET ${PATH}` });
        const { name, scope } = token;
        const id = tokenIn(headers) === null ? cookie.idIn(headers) : null;
        return {
          name,
          scope,
          expiresAt: id === null ? null : (sessions.find(id)?.expiresAt ?? null),
        };
      },
    }),
    route({
      method: 'DELETE',
      path: PATH,
      summary: 'Sign out: the session ends, and its cookie is taken back',
      scope: 'read',
      answer: { status: 204 },
      handle: ({ headers }) => {
        const id = cookie.idIn(headers);
        if (id !== null) sessions.end(id);
        const told = { 'Set-Cookie': cookie.set('', 0, headers) };
        return new Response(null, { status: 204, headers: told });
      },
    }),
  ];
}

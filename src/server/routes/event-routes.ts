/** @file What happens, as a list and live. */
import { z } from 'zod';
import { fail } from '#base';
import { serviceEventSchema } from '#protocol';
import type { Store } from '#store';
import { eventStream } from '../http/event-stream.ts';
import { tokenIn } from '../http/access.ts';
import { type Route, route } from '../http/route.ts';
import type { SessionCookie } from '../http/session-cookie.ts';

const seq = z.coerce.number().int().min(0);

export function eventRoutes(
  store: Pick<Store, 'events' | 'runs' | 'tokens' | 'sessions'>,
  cookie: SessionCookie,
): Route[] {
  const known = (run: number | undefined): number | undefined =>
    run === undefined || store.runs.byId(run) ? run : fail('RUN_UNKNOWN', { id: run });
  return [
    route({
      method: 'GET',
      path: '/api/v1/events',
      summary: 'Events in their order, after the one with number `after`',
      scope: 'read',
      query: z.strictObject({
        after: seq.default(0),
        limit: z.coerce.number().int().min(1).max(1000).default(100),
        run: seq.optional(),
        /** leaves out those of this type: `step`, of which there may be a great many */
        without: z.string().min(1).max(64).optional(),
      }),
      answer: { status: 200, schema: z.array(serviceEventSchema) },
      errors: ['RUN_UNKNOWN'],
      handle: ({ query: { after, limit, run, without } }) =>
        store.events.after(after, limit, known(run), without),
    }),
    route({
      method: 'GET',
      path: '/api/v1/events/stream',
      summary:
        'Events as they happen (server-sent): after Last-Event-ID or `after`, else from now on',
      scope: 'read',
      query: z.strictObject({ after: seq.optional(), run: seq.optional() }),
      answer: { status: 200, type: 'text/event-stream' },
      errors: ['RUN_UNKNOWN'],
      handle: ({ query, token, headers, signal }) => {
        const seen = seq.safeParse(headers.get('last-event-id') ?? undefined);
        const session = tokenIn(headers) === null ? cookie.idIn(headers) : null;
        const isAllowed = () =>
          session === null
            ? token !== null && store.tokens.valid(token.id) !== null
            : store.sessions.find(session) !== null;
        const after = seen.success ? seen.data : (query.after ?? store.events.last());
        return eventStream(store, { after, run: known(query.run), signal, isAllowed });
      },
    }),
  ];
}

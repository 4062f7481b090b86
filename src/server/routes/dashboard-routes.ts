/** @file The dashboard: one page for each of its addresses, and the files that it loads. Everybody may have them. */
import { z } from 'zod';
import { fail } from '#base';
import { dashboardFile } from './dashboard-files.ts';
import { type Route, route } from '../http/route.ts';

/** Each shows what web/app.tsx has for it; what is no page of the dashboard stays a 404. */
export const PAGES = ['/', '/runs/{id}', '/start', '/try', '/queue'] as const;

/** @param folder what the build has made of web/ */
export function dashboardRoutes(folder: string): Route[] {
  return [
    ...PAGES.map((path) =>
      route({
        method: 'GET',
        path,
        summary: 'A page of the dashboard',
        scope: null,
        answer: { status: 200, type: 'text/html; charset=utf-8' },
        handle: async ({ headers }) => {
          const page = { path: 'index.html', hashed: false };
          return (await dashboardFile(folder, page, headers)) ?? notBuilt();
        },
      }),
    ),
    route({
      method: 'GET',
      path: '/icon.svg',
      summary: 'Its icon',
      scope: null,
      answer: { status: 200, type: 'image/svg+xml' },
      handle: async ({ headers }) => {
        const icon = { path: 'icon.svg', hashed: false };
        return (await dashboardFile(folder, icon, headers)) ?? notBuilt();
      },
    }),
    route({
      method: 'GET',
      path: '/assets/{name}',
      summary: 'A file that the dashboard loads',
      scope: null,
      params: z.strictObject({ name: z.string().regex(/^[\w-][\w.-]*$/) }),
      answer: { status: 200, type: 'text/javascript; charset=utf-8' },
      handle: async ({ params: { name }, headers }) => {
        const file = { path: `assets/${name}`, hashed: true };
        return (
          (await dashboardFile(folder, file, headers)) ??
          fail('ROUTE_UNKNOWN', { method: 'GET', path: `/assets/${name}` })
        );
      },
    }),
  ];
}

/** The service itself needs no page. */
function notBuilt(): Response {
  const text =
    'The service runs, and its API is at /docs. Its dashboard was not built: expected dist/web, which npm run build makes.\n';
  return new Response(text, {
    status: 503,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  });
}

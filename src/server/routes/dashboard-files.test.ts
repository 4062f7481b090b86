/** @file The dashboard's files as browsers get them, and that the service and the page agree on its addresses. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dashboardFile } from './dashboard-files.ts';
import { PAGES } from './dashboard-routes.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-dashboard-'));
beforeAll(() => {
  mkdirSync(join(folder, 'assets'));
  for (const [path, text] of [
    ['index.html', 'plain'],
    ['index.html.br', 'brotli'],
    ['index.html.gz', 'gzip'],
    ['assets/main-abc.js', 'script'],
    ['secret.txt', 'secret'],
  ] as const)
    writeFileSync(join(folder, path), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const page = { path: 'index.html', hashed: false };

describe('a file', () => {
  test.each([
    ['', 'plain', null],
    ['gzip, deflate, br, zstd', 'brotli', 'br'],
    ['gzip', 'gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip', 'gzip'],
    ['identity', 'plain', null],
  ])('for a browser that takes %j: %s', async (accepted, text, encoding) => {
    const headers = new Headers({ 'accept-encoding': accepted });
    const answer = await dashboardFile(folder, page, headers);
    expect(await answer?.text()).toBe(text);
    expect(answer?.headers.get('content-encoding')).toBe(encoding);
    expect(answer?.headers.get('vary')).toBe('Accept-Encoding');
  });

  test('that is known is not sent again; one whose name says its content is never asked for again', async () => {
    const first = await dashboardFile(folder, page, new Headers());
    expect(first?.headers.get('cache-control')).toBe('no-cache');
    const etag = first?.headers.get('etag') ?? '';
    const again = await dashboardFile(folder, page, new Headers({ 'if-none-match': etag }));
    expect(again?.status).toBe(304);
    writeFileSync(join(folder, 'index.html'), 'plain, and new');
    const other = await dashboardFile(folder, page, new Headers({ 'if-none-match': etag }));
    expect(other?.status).toBe(200);
    const script = { path: 'assets/main-abc.js', hashed: true };
    const answer = await dashboardFile(folder, script, new Headers());
    expect(answer?.headers.get('cache-control')).toContain('immutable');
    expect(answer?.headers.get('content-type')).toContain('text/javascript');
  });

  test('may load and run what is the service’s own, and nothing else', async () => {
    const policy = (await dashboardFile(folder, page, new Headers()))?.headers.get(
      'content-security-policy',
    );
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe');
  });

  test('that is none of the dashboard’s kinds, or is not there, is none', async () => {
    const none = { path: 'secret.txt', hashed: false };
    expect(await dashboardFile(folder, none, new Headers())).toBeNull();
    const gone = { path: 'assets/gone.js', hashed: true };
    expect(await dashboardFile(folder, gone, new Headers())).toBeNull();
  });
});

test('each address of web/app.tsx is one that the service answers, and the other way round', () => {
  const app = readFileSync('web/app.tsx', 'utf8');
  const shown = [...app.matchAll(/<Route path="([^"]+)"/g)].map(([, path = '']) =>
    path.replaceAll(/:(\w+)/g, '{$1}'),
  );
  expect(new Set(shown)).toEqual(new Set(PAGES));
});

/** @file The cookie read and written, and which pages may change something by it. */
import { describe, expect, test } from 'vitest';
import { isFromOwnPage, sessionCookie, sessionIdIn } from './session-cookie.ts';

test.each([
  ['plimsoll_session=abc', 'abc'],
  ['theme=dark; plimsoll_session=abc; other=1', 'abc'],
  ['plimsoll_session=', null],
  ['my_plimsoll_session=abc', null],
  ['', null],
])('%j', (cookie, id) => {
  expect(sessionIdIn(new Headers({ cookie }))).toBe(id);
});

test('it is for the service alone; by TLS only where a proxy speaks it', () => {
  expect(sessionCookie('abc', 60, new Headers())).toBe(
    'plimsoll_session=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=60',
  );
  const proxied = new Headers({ 'x-forwarded-proto': 'https' });
  expect(sessionCookie('abc', 60, proxied)).toMatch(/; Secure$/);
});

describe('a change is made by', () => {
  const host = '127.0.0.1:8018';
  test.each([
    ['our page', { 'sec-fetch-site': 'same-origin' }, true],
    ['another port of this host', { 'sec-fetch-site': 'same-site' }, false],
    ['another site', { 'sec-fetch-site': 'cross-site' }, false],
    ['our page, in a browser that tells its origin only', { origin: `http://${host}` }, true],
    ['another port, likewise', { origin: 'http://127.0.0.1:3000' }, false],
    ['a page without an origin', { origin: 'null' }, false],
    [
      'our page behind a proxy',
      { origin: 'https://a.example', 'x-forwarded-host': 'a.example' },
      true,
    ],
    ['who tells nothing', {}, false],
  ])('%s: %j -> %j', (_who, headers, expected) => {
    expect(isFromOwnPage(new Headers({ host, ...headers }))).toBe(expected);
  });
});

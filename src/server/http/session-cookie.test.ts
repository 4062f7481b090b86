/** @file The cookie read and written, and which pages may change something by it. */
import { describe, expect, test } from 'vitest';
import { isFromOwnPage, sessionCookieOf } from './session-cookie.ts';

const cookieOfService = sessionCookieOf('a1b2');
const BY_TLS = { 'x-forwarded-proto': 'https' };

test.each([
  ['plimsoll_session_a1b2=abc', 'abc'],
  ['theme=dark; plimsoll_session_a1b2=abc; other=1', 'abc'],
  ['plimsoll_session_ffff=no; plimsoll_session_a1b2=abc', 'abc'],
  ['plimsoll_session_ffff=no', null],
  ['plimsoll_session_a1b2=', null],
  ['my_plimsoll_session_a1b2=abc', null],
  ['__Host-plimsoll_session_a1b2=abc', null],
  ['', null],
])('%j', (cookie, id) => {
  expect(cookieOfService.idIn(new Headers({ cookie }))).toBe(id);
});

test('it is for the service alone; by TLS only where a proxy speaks it', () => {
  expect(cookieOfService.set('abc', 60, new Headers())).toBe(
    'plimsoll_session_a1b2=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=60',
  );
  expect(cookieOfService.set('abc', 60, new Headers(BY_TLS))).toBe(
    '__Host-plimsoll_session_a1b2=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure',
  );
});

test('by TLS none counts that another host, or an open connection, could have set', () => {
  const both = 'plimsoll_session_a1b2=theirs; __Host-plimsoll_session_a1b2=abc';
  expect(cookieOfService.idIn(new Headers({ ...BY_TLS, cookie: both }))).toBe('abc');
  expect(
    cookieOfService.idIn(new Headers({ ...BY_TLS, cookie: 'plimsoll_session_a1b2=theirs' })),
  ).toBeNull();
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

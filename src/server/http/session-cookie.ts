/**
 * @file The cookie of a session (RFC 6265): no script reads it, no other site's page sends it, and it says a random
 * number and nothing else. Whatever it lets a page change is refused where that page is not ours.
 */
const NAME = 'plimsoll_session';

export function sessionIdIn(headers: Headers): string | null {
  const cookies = (headers.get('cookie') ?? '').split(';').map((each) => each.trim());
  return cookies.find((each) => each.startsWith(`${NAME}=`))?.slice(NAME.length + 1) || null;
}

/** @param seconds 0 takes it back @param headers of the request: where a proxy speaks TLS it is sent by TLS only */
export function sessionCookie(id: string, seconds: number, headers: Headers): string {
  const secure = headers.get('x-forwarded-proto') === 'https' ? '; Secure' : '';
  return `${NAME}=${id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`;
}

/**
 * Whether a page of this service sends it. SameSite does not tell: another port of the same host is the same site.
 * Browsers say it in Sec-Fetch-Site where a connection is trustworthy (w3.org/TR/fetch-metadata), else in Origin.
 */
export function isFromOwnPage(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin';
  const origin = headers.get('origin');
  const hosts = [headers.get('host'), headers.get('x-forwarded-host')];
  return origin !== null && URL.canParse(origin) && hosts.includes(new URL(origin).host);
}

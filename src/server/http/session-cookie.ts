/**
 * @file The cookie of a session (RFC 6265): no script reads it, no other site's page sends it, and it says a random
 * number and nothing else. Whatever it lets a page change is refused where that page is not ours.
 *
 * Cookies know hosts and no ports: its name has the service in it, or signing in to one would sign out of another on
 * the same host, whatever stands before both. Where a proxy speaks TLS the name begins with `__Host-` (RFC 6265bis,
 * 4.1.3.2): no other host of its domain, and nobody on the way, can have set it.
 */
export interface SessionCookie {
  /** where no proxy speaks TLS */
  readonly name: string;
  /** What it says, in the headers of a request; null where there is none. */
  idIn(headers: Headers): string | null;
  /** For Set-Cookie. @param seconds 0 takes it back @param headers of the request */
  set(id: string, seconds: number, headers: Headers): string;
}

/** @param service tells it from others: some hexadecimal digits */
export function sessionCookieOf(service: string): SessionCookie {
  const name = `plimsoll_session_${service}`;
  const nameIn = (headers: Headers) => (isByTls(headers) ? `__Host-${name}` : name);
  return {
    name,
    idIn: (headers) => {
      const begin = `${nameIn(headers)}=`;
      const cookies = (headers.get('cookie') ?? '').split(';').map((each) => each.trim());
      return cookies.find((each) => each.startsWith(begin))?.slice(begin.length) || null;
    },
    set: (id, seconds, headers) => {
      const secure = isByTls(headers) ? '; Secure' : '';
      return `${nameIn(headers)}=${id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`;
    },
  };
}

/** As the proxy says that speaks it; the service itself does not. */
function isByTls(headers: Headers): boolean {
  return headers.get('x-forwarded-proto') === 'https';
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

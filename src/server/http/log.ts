/** @file The service's own log: JSON lines on standard error. No header and no query is ever in it: they hold tokens. */
import { destination, pino } from 'pino';
import type { ServiceSettings } from '../settings.ts';

/** As much of a logger as the service uses. */
export interface Log {
  readonly info: (facts: object, text: string) => void;
  readonly error: (facts: object, text: string) => void;
}

export function openLog(level: ServiceSettings['logLevel']): Log {
  return pino({ level, base: null }, destination({ fd: 2, sync: true }));
}

/** A client may put its token into the path by mistake, which is told in the log and in the audit log. */
export function withoutTokens(path: string): string {
  return path.replaceAll(/plimsoll_[\w-]+/g, 'plimsoll_...');
}

/** @file Cron expressions in, the next time out. */
import { expect, test } from 'vitest';
import { nextTime } from './cron.ts';

const next = (cron: string, after: string, time_zone = 'UTC') =>
  nextTime({ cron, time_zone }, new Date(after)).toISOString();

test.each([
  ['30 3 * * *', '2026-01-01T00:00:00Z', 'UTC', '2026-01-01T03:30:00.000Z'],
  ['30 3 * * *', '2026-01-01T03:30:00Z', 'UTC', '2026-01-02T03:30:00.000Z'], // after, not at
  ['*/20 * * * *', '2026-01-01T03:41:30Z', 'UTC', '2026-01-01T04:00:00.000Z'],
  ['0 0 29 2 *', '2026-01-01T00:00:00Z', 'UTC', '2028-02-29T00:00:00.000Z'],
  ['@weekly', '2026-01-01T00:00:00Z', 'UTC', '2026-01-04T00:00:00.000Z'],
  ['0 3 * * *', '2026-01-01T00:00:00Z', 'Europe/Berlin', '2026-01-01T02:00:00.000Z'],
  ['0 3 * * *', '2026-07-01T00:00:00Z', 'Europe/Berlin', '2026-07-01T01:00:00.000Z'],
  // Clocks go from 2:00 to 3:00, and in autumn from 3:00 back to 2:00.
  ['30 2 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
  ['30 2 * * *', '2026-10-24T12:00:00Z', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  ['30 2 * * *', '2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-26T01:30:00.000Z'],
])('%s after %s, %s', (cron, after, zone, expected) => {
  expect(next(cron, after, zone)).toBe(expected);
});

test.each([
  ['61 * * * *', 'UTC', /cron: expected a cron expression, got '61 \* \* \* \*': .*minute: 61/],
  ['* * * * * *', 'UTC', /cron: .*exactly 5 parts/],
  ['often', 'UTC', /cron: expected a cron expression/],
  ['at 3:30', 'UTC', /cron: expected a cron expression/],
  ['0 0 30 2 *', 'UTC', /cron: 0 0 30 2 \* never comes/],
  ['0 0 * * *', 'Mars/Base', /time_zone: expected a time zone such as Europe\/Berlin/],
])('%s, %s is refused', (cron, zone, message) => {
  expect(() => next(cron, '2026-01-01T00:00:00Z', zone)).toThrow(message);
});

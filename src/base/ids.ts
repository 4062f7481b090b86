/** @file Run ids: they name folders, sort by time, and never repeat in practice. */
import { chanceText } from './chance.ts';
import { fail } from './fail.ts';

/** A folder's name can hold 255 bytes; the rest is left for suffixes such as `.tmp`. */
const MAX_LENGTH = 128;
/** The name of the link to the newest run, which stands beside the runs. */
const RESERVED = 'latest';

/** `20260131-142501-9f3ac1`: the time in UTC, then chance, for runs begun in the same second. */
export function newRunId(now: Date = new Date()): string {
  const [date = '', time = ''] = now.toISOString().split('T');
  const chance = chanceText(6);
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${chance}`;
}

/** Returns `id` if it can name a run's folder; else throws RUN_ID_MALFORMED. */
export function checkRunId(id: string): string {
  const reason = whyNot(id);
  if (reason) fail('RUN_ID_MALFORMED', { id, reason });
  return id;
}

function whyNot(id: string): string | undefined {
  if (id === '') return 'it is empty';
  if (id.length > MAX_LENGTH) return `it has ${id.length} characters`;
  if (id === RESERVED) return 'that name is the link to the newest run';
  if (!/^[A-Za-z0-9]/.test(id)) return `it begins with '${id[0]}'`;
  const wrong = /[^A-Za-z0-9._-]/.exec(id);
  return wrong ? `it has the character '${wrong[0]}'` : undefined;
}

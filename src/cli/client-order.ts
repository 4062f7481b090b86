/** @file From the flags of `plimsoll train` to an order for a service. Pure. */
import { fail } from '#base';
import { TRAINED_FIELDS } from '#protocol';
import type { GivenFlags } from './spec-from-flags.ts';

/** Words that a flag's reader takes for "none", as the service knows them; undefined: as if it was not given. */
const NONE: Readonly<Record<string, unknown>> = {
  max_samples: 'all',
  max_steps: undefined,
  early_stopping: undefined,
  dropout: undefined,
  heads_at_once: 'all',
  rows_at_once: 'all',
};

/**
 * @param more what is no flag of the spec or the plan: the model, the limit
 * @throws PlimsollError FLAG_MISPLACED for what a service does not take
 */
export function orderFromFlags(
  given: GivenFlags,
  more: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const order: Record<string, unknown> = { ...more };
  for (const [flag, value] of given) {
    const field = fieldOf(flag);
    const known = TRAINED_FIELDS.some((each) => each === field);
    if (!known || (value === null && !(field in NONE)))
      fail('FLAG_MISPLACED', { flag, expected: 'without --server', got: 'with it' });
    order[field] = value === null ? NONE[field] : value === 'stored' ? 'auto' : value;
  }
  return order;
}

/** `--max-samples` -> `max_samples` */
export function fieldOf(flag: string): string {
  return flag.replace(/^--/, '').replaceAll('-', '_');
}

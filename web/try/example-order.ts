/** @file Where examples for a tuned model come from: what its run was validated on, else what it was trained on. Pure. */
import type { ServiceRun } from '#protocol';

interface ExampleOrder {
  /** what a preview is asked of */
  readonly order: Readonly<Record<string, unknown>>;
  /** the run never trained on them */
  readonly heldOut: boolean;
}

/** Only the queue is told of these. */
const OF_QUEUE: ReadonlySet<string> = new Set(['training_type', 'priority', 'exclusive']);

export function exampleOrder({ order }: Pick<ServiceRun, 'order'>): ExampleOrder {
  const { valid_data: valid, valid_query: validQuery, ...rest } = order;
  const trained = Object.fromEntries(Object.entries(rest).filter(([name]) => !OF_QUEUE.has(name)));
  if (valid === undefined) return { order: trained, heldOut: false };
  const { query: _ofTraining, ...others } = trained;
  const query = validQuery === undefined ? {} : { query: validQuery };
  return { order: { ...others, data: valid, ...query }, heldOut: true };
}

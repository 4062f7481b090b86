/** @file The order of a run as it is stored, and what it asks of memory. */
import { parseBytes } from '#base';
import {
  check,
  type CommandOrder,
  commandOrderSchema,
  type PlanOrder,
  type TrainingOrder,
  trainingOrderSchema,
} from '#protocol';
import type { RunRow } from '#store';

export function orderOf({
  id,
  training_order,
}: Pick<RunRow, 'id' | 'training_order'>): TrainingOrder {
  const { value } = check(trainingOrderSchema, JSON.parse(training_order));
  if (!value) throw new Error(`internal: the order of run ${id} is none`);
  return value;
}

/** Null where the run trains. */
export function commandOrderOf({
  id,
  command_order: text,
}: Pick<RunRow, 'id' | 'command_order'>): CommandOrder | null {
  if (text === null) return null;
  const { value } = check(commandOrderSchema, JSON.parse(text));
  if (!value) throw new Error(`internal: the command of run ${id} is none`);
  return value;
}

/** Bytes that it is planned to stay within, pages of files among them: its own limit, or all that runs may use. */
export function planLimitOf(order: PlanOrder, capacity: { readonly bytes: number }): number {
  return Math.min(capacity.bytes, limitOf(order) ?? Infinity);
}

/** Bytes that it asks for as its own limit; null where that is left to its prediction. */
export function limitOf({ memory }: PlanOrder): number | null {
  return typeof memory === 'string' ? parseBytes(memory) : (memory ?? null);
}

/** @file A solution as a service has it: what it can apply itself, and the command that asks it to. Pure. */
import { sizeText } from '#base';
import type { Remedy } from '#protocol';
import { limitOf } from '../orders/order.ts';
import { type Places, wordsOf } from '../orders/order-words.ts';
import type { Capacity } from '../runs/capacity.ts';

export interface Serving {
  readonly capacity: Pick<Capacity, 'bytes'>;
  readonly places: Places;
}

/**
 * A limit that is over what all runs may use is for whoever runs the service, and so are the lines that raise that.
 * Lines for the run's own folder are nobody's: the service has a command for it.
 *
 * @param id of the run
 */
export function servedSolution(
  { retry, lines, ...remedy }: Remedy,
  id: number,
  { capacity, places }: Serving,
): Remedy {
  const memory = retry ? limitOf(retry.order) : null;
  if (retry && (memory ?? 0) <= capacity.bytes) {
    const limit = memory === null ? [] : [`--memory=${sizeText(memory)}`];
    const words = [...limit, ...wordsOf(retry.order, places)];
    return { ...remedy, lines: [`plimsoll retry ${id} ${words.join(' ')}`], retry };
  }
  return { ...remedy, lines: remedy.limit && !retry ? lines : [] };
}

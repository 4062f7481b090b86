/** @file New runs: from an order to one that waits. */
import { join } from 'node:path';
import { fail, newRunId } from '#base';
import type { TrainingOrder } from '#protocol';
import type { RunRow, Store } from '#store';
import { limitOf } from './order.ts';
import { type Places, wordsOf } from './order-words.ts';
import type { ServiceSettings } from './settings.ts';

export interface RunOrders {
  /** @throws PlimsollError RUN_OF_TYPE_ACTIVE, PATH_OUTSIDE_ROOTS */
  place(order: TrainingOrder, by: { readonly name: string; readonly retryOf?: number }): RunRow;
}

export interface OrderParts {
  readonly store: Pick<Store, 'states'>;
  /** something has changed */
  readonly poke: () => void;
  readonly places: Places;
  readonly settings: Pick<ServiceSettings, 'dataDir' | 'exclusive'>;
}

export function runOrders({ store, poke, places, settings }: OrderParts): RunOrders {
  return {
    place: (order, { name, retryOf }) => {
      wordsOf(order, places); // what leads outside the roots is refused now, not when it begins
      const limit = limitOf(order);
      const identifier = newRunId();
      const run = {
        identifier,
        order: limit === null ? order : { ...order, memory: limit },
        outputDir: join(runsFolder(settings), identifier),
        triggeredBy: name,
        retryOf: retryOf ?? null,
      };
      const placed = store.states.enqueue(run, order.exclusive ?? settings.exclusive);
      if ('active' in placed)
        fail('RUN_OF_TYPE_ACTIVE', { type: order.training_type, id: placed.active });
      poke();
      return placed.run;
    },
  };
}

export function runsFolder({ dataDir }: Pick<ServiceSettings, 'dataDir'>): string {
  return join(dataDir, 'runs');
}

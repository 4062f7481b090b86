/** @file New runs: from an order to one that waits. */
import { join } from 'node:path';
import { fail, newRunId } from '#base';
import type { CommandOrder, CommandRun, PlanOrder, TrainingOrder } from '#protocol';
import type { RunRow, Store } from '#store';
import type { AllowedCommands } from './allowed-commands.ts';
import { commandOrderOf, limitOf, orderOf } from './order.ts';
import { type Places, wordsOf } from './order-words.ts';
import type { ServiceSettings } from '../settings.ts';

/** Who asks. */
interface By {
  readonly name: string;
  readonly retryOf?: number;
}

export interface RunOrders {
  /** @throws PlimsollError RUN_OF_TYPE_ACTIVE, PATH_OUTSIDE_ROOTS */
  place(order: TrainingOrder, by: By): RunRow;
  /** @throws PlimsollError RUN_OF_TYPE_ACTIVE, COMMAND_UNKNOWN, REQUEST_INVALID */
  placeCommand(name: string, run: CommandRun, by: By): RunRow;
  /**
   * What was asked for before, as a new run.
   *
   * @param changes of the order of a run that trains @throws PlimsollError as the others do, RUN_STATE_WRONG
   */
  repeat(run: RunRow, by: By, changes: PlanOrder): RunRow;
}

export interface OrderParts {
  readonly store: Pick<Store, 'states'>;
  /** something has changed */
  readonly poke: () => void;
  readonly places: Places;
  readonly commands: AllowedCommands;
  readonly settings: Pick<ServiceSettings, 'dataDir' | 'exclusive'>;
}

export function runOrders({ store, poke, places, commands, settings }: OrderParts): RunOrders {
  const enqueue = (
    order: TrainingOrder,
    command: CommandOrder | null,
    { name, retryOf }: By,
  ): RunRow => {
    const identifier = newRunId();
    const run = {
      identifier,
      order,
      command,
      outputDir: join(runsFolder(settings), identifier),
      triggeredBy: name,
      retryOf: retryOf ?? null,
    };
    const placed = store.states.enqueue(run, order.exclusive ?? settings.exclusive);
    if ('active' in placed)
      fail('RUN_OF_TYPE_ACTIVE', { type: order.training_type, id: placed.active });
    poke();
    return placed.run;
  };
  const place: RunOrders['place'] = (order, by) => {
    wordsOf(order, places); // what leads outside the roots is refused now, not when it begins
    const limit = limitOf(order);
    return enqueue(limit === null ? order : { ...order, memory: limit }, null, by);
  };
  const placeCommand: RunOrders['placeCommand'] = (name, { values, ...rest }, by) =>
    enqueue({ training_type: name, ...rest }, commands.order(name, values), by);
  return {
    place,
    placeCommand,
    repeat: (run, by, changes) => {
      const [order, command] = [orderOf(run), commandOrderOf(run)];
      if (command === null) return place({ ...order, ...changes }, by);
      // The settings say with what a command runs.
      if (Object.keys(changes).length > 0) {
        const { id, status } = run;
        fail('RUN_STATE_WRONG', { id, expected: 'one that trains', status });
      }
      const { priority, exclusive } = order;
      return placeCommand(command.name, { values: command.values, priority, exclusive }, by);
    },
  };
}

export function runsFolder({ dataDir }: Pick<ServiceSettings, 'dataDir'>): string {
  return join(dataDir, 'runs');
}

/** @file Commands that the administrator allows: listed, and run. */
import { z } from 'zod';
import { commandRunSchema, listedCommandSchema, serviceRunSchema } from '#protocol';
import type { Store } from '#store';
import type { AllowedCommands } from '../orders/allowed-commands.ts';
import { type Route, route } from '../http/route.ts';
import type { RunOrders } from '../orders/run-orders.ts';
import { runViews } from './run-view.ts';
import type { Runner } from '../runs/runner.ts';

export interface CommandParts {
  readonly store: Pick<Store, 'runs'>;
  readonly runner: Pick<Runner, 'places'>;
  readonly orders: RunOrders;
  readonly commands: AllowedCommands;
}

const BASE = '/api/v1/commands';

export function commandRoutes({ store, runner, orders, commands }: CommandParts): Route[] {
  return [
    route({
      method: 'GET',
      path: BASE,
      summary: 'List the commands that the administrator allows, with what may be filled in',
      scope: 'read',
      answer: { status: 200, schema: z.array(listedCommandSchema) },
      handle: () => commands.list(),
    }),
    route({
      method: 'POST',
      path: `${BASE}/{name}/runs`,
      summary: 'Ask for a run of an allowed command. It waits until it fits beside those that run',
      scope: 'run',
      params: z.strictObject({ name: listedCommandSchema.shape.name }),
      body: commandRunSchema,
      answer: { status: 202, schema: serviceRunSchema },
      errors: ['COMMAND_UNKNOWN', 'RUN_OF_TYPE_ACTIVE'],
      handle: ({ params: { name }, body, token }) => {
        const run = orders.placeCommand(name, body, { name: token?.name ?? '' });
        return runViews(store, [run], runner.places())[0];
      },
    }),
  ];
}

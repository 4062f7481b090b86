/** @file `plimsoll cancel`: a run of a service is ended. */
import type { Command } from '@commander-js/extra-typings';
import { runArgument, serverOption } from './client-options.ts';
import { jsonOption } from './shared-options.ts';

const EXAMPLE = `
Example:
  $ plimsoll cancel 7`;

export function define(command: Command): void {
  command
    .description(
      'End a run of a service: one that waits at once, one that runs after a checkpoint.',
    )
    .addArgument(runArgument())
    .addOption(serverOption())
    .addOption(jsonOption('the run as one object'))
    .addHelpText('after', EXAMPLE)
    .action(async (id, { server, json }) => {
      const { clientOf, RUNS } = await import('./client.ts');
      const { serviceRunSchema } = await import('#protocol');
      const run = await clientOf(server).json(`POST ${RUNS}/${id}/cancel`, serviceRunSchema);
      const said = run.status === 'cancelled' ? 'cancelled' : 'asked to end, after a checkpoint';
      process.stdout.write(`${json ? JSON.stringify(run) : `run ${id} ${said}`}\n`);
    });
}

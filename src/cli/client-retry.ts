/** @file `plimsoll retry`: a run of a service once more, as it was asked for or with some of that changed. */
import type { Command } from '@commander-js/extra-typings';
import { runArgument, serverOption } from './client-options.ts';
import { jsonOption, memoryOption, revisionOption } from './shared-options.ts';
import { addSpecOptions, givenFlags } from './spec-options.ts';

const EXAMPLE = `
Examples:
  $ plimsoll retry 7
  $ plimsoll retry 7 --memory 768M
  $ plimsoll retry 7 --micro-batch 1 --recompute all --loss-chunk 16`;

export function define(command: Command): void {
  command.description(
    'Ask a service for a run that has ended once more, from its start, as a new run. What is given is another this time: its plan, its limit, its parameters. plimsoll explain --server says what would help.',
  );
  const typed = command
    .addArgument(runArgument())
    .addOption(serverOption())
    .addOption(jsonOption('the new run as one object'))
    .optionsGroup('Model and run:')
    .option('--base-model <ref>', 'name on the hub, or folder of the service')
    .addOption(revisionOption())
    .addOption(memoryOption());
  addSpecOptions(command);
  typed.addHelpText('after', EXAMPLE).action(async (id, options) => {
    const { server, json, baseModel, revision, memory } = options;
    const { clientOf, RUNS } = await import('./client.ts');
    const { orderFromFlags } = await import('./client-order.ts');
    const { serviceRunSchema } = await import('#protocol');
    const more = { base_model: baseModel, revision, memory };
    const changes = orderFromFlags(givenFlags(command.opts()), more);
    const call = `POST ${RUNS}/${id}/retry`;
    const run = await clientOf(server).json(call, serviceRunSchema, changes);
    process.stdout.write(`${json ? JSON.stringify(run) : `run ${run.id} repeats run ${id}`}\n`);
  });
}

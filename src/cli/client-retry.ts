/** @file `plimsoll retry`: a run of a service once more, as it was asked for or with some of that changed. */
import type { Command } from '@commander-js/extra-typings';
import { serviceRunSchema, TRAINED_FIELDS } from '#protocol';
import { fieldOf, orderFromFlags } from './client-order.ts';
import { runArgument, serverOption } from './client-options.ts';
import { jsonOption, revisionOption } from './shared-options.ts';
import { addSpecOptions, givenFlags } from './spec-options.ts';
import { flagName, SPEC_FLAGS } from './train-flags.ts';

const EXAMPLE = `
Examples:
  $ plimsoll retry 7
  $ plimsoll retry 7 --memory 768M
  $ plimsoll retry 7 --micro-batch 1 --recompute all --loss-chunk 16`;

/** Of those of `plimsoll train` what an order has. Without defaults: what is not given stays as it was. */
const FLAGS = SPEC_FLAGS.flatMap((row) => {
  const { shownDefault: _, ...flag } = row;
  return TRAINED_FIELDS.some((field) => field === fieldOf(flagName(row))) ? [flag] : [];
});

export function define(command: Command): void {
  command.description(
    'Ask a service for a run that has ended once more, from its start, as a new run. What is given is another this time: its plan, its limit, its parameters; all else stays as it was asked for. plimsoll explain --server says what would help.',
  );
  const typed = command
    .addArgument(runArgument())
    .addOption(serverOption())
    .addOption(jsonOption('the new run as one object'))
    .optionsGroup('Model and run:')
    .option('--base-model <ref>', 'name on the hub, or folder of the service')
    .addOption(revisionOption())
    .option('--memory <size>', 'what the run may use, such as 512M');
  addSpecOptions(command, FLAGS);
  typed.addHelpText('after', EXAMPLE).action(async (id, options) => {
    const { server, json, baseModel, revision, memory } = options;
    const { clientOf, RUNS } = await import('./client.ts');
    const more = { base_model: baseModel, revision, memory };
    const changes = orderFromFlags(givenFlags(command.opts()), more);
    const call = `POST ${RUNS}/${id}/retry`;
    const run = await clientOf(server).json(call, serviceRunSchema, changes);
    process.stdout.write(`${json ? JSON.stringify(run) : `run ${run.id} repeats run ${id}`}\n`);
  });
}

/** @file `plimsoll train`. */
import { type Command, Option } from '@commander-js/extra-typings';
import { type GivenFlags } from './spec-from-flags.ts';
import { repeated } from './flag-values.ts';
import {
  applyHubAccess,
  jsonOption,
  offlineOption,
  revisionOption,
  tokenOption,
} from './shared-options.ts';
import { abortOnSignals } from './signals.ts';
import { flagHelp, flagName, SPEC_FLAGS, type SpecFlag } from './train-flags.ts';

const EXAMPLE = `
Examples:
  $ plimsoll train
  $ plimsoll train --base-model google/flan-t5-small --data home.jsonl --held-out 0.1
  $ plimsoll train --resume-from finetune-output/latest`;

export function define(command: Command): void {
  const typed = command
    .description(
      'Fine-tune a model. With neither --base-model nor --data: the embedded base on the bundled examples, by a recipe of its own that takes under two minutes on two cores.',
    )
    .optionsGroup('Model and run:')
    .option('--base-model <ref>', 'folder, or name on the hub (default: the embedded base)')
    .addOption(revisionOption())
    .addOption(tokenOption())
    .addOption(offlineOption())
    .option('--output-dir <dir>', 'where the folders of runs lie', './finetune-output')
    .option('--run-id <name>', "name of the run's folder (default: the time and chance)")
    .option('--run-directory <dir>', "the run's folder itself, wherever it lies")
    .option(
      '--resume-from <dir>',
      'go on with a run, in its folder, from its newest checkpoint; what it computes is kept',
    )
    .addOption(jsonOption('one event a line on standard output, and nothing else'));
  for (const row of SPEC_FLAGS) for (const option of optionsOf(row)) command.addOption(option);
  typed.addHelpText('after', EXAMPLE).action(async (options) => {
    applyHubAccess(options);
    const given = givenFlags(command.opts());
    const { trainRequest } = await import('./train-request.ts');
    const request = await trainRequest(given, options);
    const { reporterFor } = await import('./reporter.ts');
    const reporter = await reporterFor(process.stdout, options.json === true);
    const signal = abortOnSignals(() => {
      reporter.note('stopping after this step, with a checkpoint; once more to stop at once');
    });
    const { trainRun } = await import('#train');
    try {
      const outcome = await trainRun(request, { onEvent: reporter.event, signal });
      reporter.end(outcome);
      process.exitCode = EXIT_CODES[outcome.run.status];
    } catch (error) {
      reporter.end();
      throw error;
    }
  });
}

const EXIT_CODES = { completed: 0, interrupted: 130, failed: 1, running: 1 } as const;

function optionsOf(row: SpecFlag): Option[] {
  const option = new Option(row.usage, flagHelp(row)).helpGroup(`${row.group}:`);
  if (row.repeated) option.argParser(repeated);
  if (!row.negatable) return [option];
  const off = new Option(
    flagName(row).replace('--', '--no-'),
    `without ${flagName(row)}, also where the preset has it`,
  );
  return [option, off.helpGroup(`${row.group}:`)];
}

/** Texts are read here, not by commander, which takes a null for a flag without a value. */
function givenFlags(values: Readonly<Record<string, unknown>>): GivenFlags {
  const given = new Map<string, unknown>();
  for (const row of SPEC_FLAGS) {
    const flag = flagName(row);
    const value = values[new Option(row.usage).attributeName()];
    if (value === undefined) continue;
    given.set(flag, row.read && typeof value === 'string' ? row.read(value, flag) : value);
  }
  return given;
}

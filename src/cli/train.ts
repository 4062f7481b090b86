/** @file `plimsoll train`. */
import type { Command } from '@commander-js/extra-typings';
import type { RunEvent } from '#protocol';
import { serverInsteadOption } from './client-options.ts';
import { addRunOptions, givenFor } from './run-options.ts';
import { jsonOption } from './shared-options.ts';
import { abortOnSignals, askedBySignal } from './signals.ts';

const EXAMPLE = `
Examples:
  $ plimsoll train
  $ plimsoll train --base-model google/flan-t5-small --data home.jsonl --held-out 0.1
  $ plimsoll train --base-model google/flan-t5-small --data home.jsonl --memory 512M
  $ plimsoll train --resume-from finetune-output/latest
  $ plimsoll train --server http://127.0.0.1:8018 --max-samples 200`;

export function define(command: Command): void {
  command.description(
    'Fine-tune a model. With neither --base-model nor --data: the embedded base on the bundled examples, by a recipe of its own that takes under two minutes on two cores.',
  );
  const typed = addRunOptions(command)
    .option('--output-dir <dir>', 'where the folders of runs lie', './finetune-output')
    .option('--run-id <name>', "name of the run's folder (default: the time and chance)")
    .option('--run-directory <dir>', "the run's folder itself, wherever it lies")
    .addOption(jsonOption('one event a line on standard output, and nothing else'))
    .addOption(serverInsteadOption());
  typed.addHelpText('after', EXAMPLE).action(async (options) => {
    const given = givenFor(command, options);
    if (options.server !== undefined) {
      const { trainOnServer } = await import('./client-train.ts');
      await trainOnServer(given, { ...options, server: options.server });
      return;
    }
    const checkpointAsked = askedBySignal();
    // First of all: where too little is left, what is loaded below would be the end of it.
    const { runLimit } = await import('#plan');
    runLimit(options);
    const { trainRequest } = await import('./train-request.ts');
    const request = await trainRequest(given, options);
    const { reporterFor } = await import('./reporter.ts');
    const reporter = await reporterFor(process.stdout, options.json === true);
    const signal = abortOnSignals(() => {
      reporter.note('stopping after this step, with a checkpoint; once more to stop at once');
    });
    const { tellSupervisor } = await import('./supervisor-events.ts');
    const tell = await tellSupervisor(reporter.note);
    const { trainRun } = await import('#train');
    try {
      const onEvent = (event: RunEvent) => {
        tell(event);
        reporter.event(event);
      };
      const outcome = await trainRun(request, { onEvent, signal, checkpointAsked });
      reporter.end(outcome);
      process.exitCode = EXIT_CODES[outcome.run.status];
    } catch (error) {
      reporter.end();
      throw error;
    }
  });
}

const EXIT_CODES = { completed: 0, interrupted: 130, failed: 1, running: 1 } as const;

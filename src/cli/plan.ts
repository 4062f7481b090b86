/** @file `plimsoll plan`: what a run will take, and whether that fits. Computes nothing. */
import type { Command } from '@commander-js/extra-typings';
import { writeFileSafely } from '#base';
import {
  applyHubAccess,
  jsonOption,
  memoryOption,
  offlineOption,
  revisionOption,
  tokenOption,
} from './shared-options.ts';
import { addSpecOptions, givenFlags } from './spec-options.ts';

const EXAMPLE = `
Examples:
  $ plimsoll plan --memory 512M
  $ plimsoll plan --base-model google/flan-t5-small --data home.jsonl --memory 256M --svg step.svg`;

/** The same as when a run ends for want of memory. */
const CANNOT_FIT = 12;

export function define(command: Command): void {
  const typed = command
    .description(
      'Say what a run will take, item by item, whether that fits under the limit, and what else would do. It takes the flags of plimsoll train and trains nothing. Exit code 12: it cannot fit.',
    )
    .optionsGroup('Model and limit:')
    .option('--base-model <ref>', 'folder, or name on the hub (default: the embedded base)')
    .addOption(revisionOption())
    .addOption(tokenOption())
    .addOption(offlineOption())
    .addOption(memoryOption())
    .option('--svg <file>', 'draw memory over one step into a file')
    .addOption(jsonOption('one object: whether it fits, peak, interval, limit, plan, items'));
  addSpecOptions(command);
  typed.addHelpText('after', EXAMPLE).action(async (options) => {
    applyHubAccess(options);
    const given = givenFlags(command.opts());
    const { predictRun } = await import('./predict-run.ts');
    const { subject, prediction } = await predictRun(given, options);
    if (options.svg !== undefined) {
      const { memoryPicture } = await import('./memory-picture.ts');
      writeFileSafely(options.svg, memoryPicture(prediction));
    }
    if (options.json) process.stdout.write(`${JSON.stringify(prediction)}\n`);
    else {
      const [{ paintFor }, { predictionLines }] = await Promise.all([
        import('./paint.ts'),
        import('./prediction-lines.ts'),
      ]);
      const paint = paintFor(process.stdout);
      const columns = process.stdout.columns || 100;
      const lines = predictionLines(prediction, { paint, columns, subject });
      process.stdout.write(`${lines.join('\n')}\n`);
    }
    if (!prediction.fits) process.exitCode = CANNOT_FIT;
  });
}

/** @file `plimsoll plan`: what a run will take, and whether that fits. Computes nothing. */
import type { Command } from '@commander-js/extra-typings';
import { ERRORS, writeFileSafely } from '#base';
import { addRunOptions, givenFor } from './run-options.ts';
import { jsonOption } from './shared-options.ts';

const EXAMPLE = `
Examples:
  $ plimsoll plan --memory 512M
  $ plimsoll plan --base-model google/flan-t5-small --data home.jsonl --memory 256M --svg step.svg
  $ plimsoll plan --resume-from finetune-output/latest --memory 256M`;

export function define(command: Command): void {
  command.description(
    'Say what a run will take, item by item, whether that fits under the limit, and what else would do. It takes the flags of plimsoll train and trains nothing. Exit code 12: it cannot fit.',
  );
  const typed = addRunOptions(command)
    .option('--svg <file>', 'draw memory over one step into a file')
    .addOption(jsonOption('one object: whether it fits, peak, interval, limit, plan, items'));
  typed.addHelpText('after', EXAMPLE).action(async (options) => {
    const given = givenFor(command, options);
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
    if (!prediction.fits) process.exitCode = ERRORS.MEMORY_CANNOT_FIT.exit;
  });
}

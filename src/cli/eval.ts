/** @file `plimsoll eval`: how well a model does on a file of examples. */
import { formatDuration } from '#base';
import { type Command, Option } from '@commander-js/extra-typings';
import type { ModelEvaluation } from '#train';
import { count, repeated } from './flag-values.ts';
import { facts, formatCounts, formatLoss, formatPart, plural } from './format.ts';
import { chooseModel } from './model-choice.ts';
import {
  adapterOption,
  applyHubAccess,
  countOption,
  jsonOption,
  modelOption,
  offlineOption,
  precisionOption,
  revisionOption,
  threadsOption,
  tokenOption,
} from './shared-options.ts';
import { abortOnSignals, sayOnFirst } from './signals.ts';

const EXAMPLE = `
Example:
  $ plimsoll eval --adapter finetune-output/latest --data test.jsonl --json`;

export function define(command: Command): void {
  command
    .description(
      'Evaluate a model on examples: the mean loss per target token, and the part that it answers word for word.',
    )
    .addOption(modelOption())
    .addOption(adapterOption())
    .addOption(
      new Option('--data <file>', 'examples: JSONL, CSV or SQLite; may be repeated')
        .argParser(repeated)
        .makeOptionMandatory(),
    )
    .option('--query <sql>', 'what to select from a SQLite file')
    .option('--max-samples <n|all>', 'read at most so many examples (default: all)')
    .addOption(countOption('--batch-size <n>', 'examples that are answered at once', 8))
    .addOption(countOption('--source-max-tokens <n>', 'cut longer sources', 384))
    .addOption(countOption('--target-max-tokens <n>', 'cut longer targets', 384))
    .addOption(precisionOption())
    .addOption(threadsOption())
    .addOption(revisionOption())
    .addOption(tokenOption())
    .addOption(offlineOption())
    .addOption(jsonOption('one object: examples, loss, exact_match and what was left out'))
    .addHelpText('after', EXAMPLE)
    .action(async (options) => {
      applyHubAccess(options);
      const choice = chooseModel(options);
      const maxSamples = maxSamplesOf(options.maxSamples);
      const [{ planSchema }, { evaluateModel }] = await Promise.all([
        import('#protocol'),
        import('#train'),
      ]);
      const { batchSize, sourceMaxTokens, targetMaxTokens } = options;
      const result = await evaluateModel({
        ...choice,
        data: { files: options.data, query: options.query ?? null },
        maxSamples,
        sourceMaxTokens,
        targetMaxTokens,
        batchSize,
        plan: planSchema.parse({ threads: options.threads, precision: options.precision }),
        signal: abortOnSignals(sayOnFirst('stopping after this batch; once more to stop at once')),
      });
      const lines = options.json ? [JSON.stringify(result)] : evalLines(result);
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}

export function evalLines(result: ModelEvaluation): string[] {
  const { source, target } = result.truncated;
  const skipped = formatCounts(result.skipped);
  return facts([
    ['examples', String(result.examples)],
    ...(skipped === '' ? [] : [['skipped', skipped] as const]),
    ...(source + target === 0
      ? []
      : [['cut', `${plural(source, 'source')}, ${plural(target, 'target')}`] as const]),
    ['loss', formatLoss(result.loss)],
    ['exact match', formatPart(result.exact_match)],
    ['time', formatDuration(result.seconds)],
  ]);
}

/** Null: all. Commander cannot hand a null on. */
function maxSamplesOf(text: string | undefined): number | null {
  return text === undefined || text === 'all' ? null : count(text, '--max-samples');
}

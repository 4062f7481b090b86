/** @file `plimsoll model precision`: what fewer bits for a model's weights save, and what they change. */
import { type Command, Option } from '@commander-js/extra-typings';
import { formatBytes } from '#base';
import type { ComparedPrecision } from '#train';
import { EMBEDDED_BASE_NAME, EXAMPLE_DATA } from './bundled.ts';
import { list, precision, repeated } from './flag-values.ts';
import { formatLoss, formatPart, plural, table } from './format.ts';
import { modelRef } from './model-choice.ts';
import {
  applyHubAccess,
  countOption,
  jsonOption,
  offlineOption,
  revisionOption,
  threadsOption,
  tokenOption,
} from './shared-options.ts';
import { abortOnSignals, sayOnFirst } from './signals.ts';

const EXAMPLE = `
Example:
  $ plimsoll model precision google/flan-t5-small --data home.jsonl`;

export function define(command: Command): void {
  command
    .description(
      'Measure, on a few of your examples, how loss and gradient change when the weights of a base model are stored in fewer bits. What is converted for it is kept for runs with that --precision.',
    )
    .argument('[ref]', 'folder, or name on the hub (default: the embedded base)')
    .addOption(
      new Option(
        '--data <file>',
        'examples (default: the bundled ones); may be repeated',
      ).argParser(repeated),
    )
    .option('--query <sql>', 'what to select from a SQLite file')
    .addOption(
      new Option('--precision <names>', 'separated by commas')
        .default(['bf16', 'int8', 'int4'], 'bf16,int8,int4')
        .argParser(list),
    )
    .addOption(countOption('--examples <n>', 'how many to measure on, from the first on', 8))
    .addOption(countOption('--source-max-tokens <n>', 'cut longer sources', 384))
    .addOption(countOption('--target-max-tokens <n>', 'cut longer targets', 384))
    .addOption(threadsOption())
    .addOption(revisionOption())
    .addOption(tokenOption())
    .addOption(offlineOption())
    .addOption(jsonOption('one object a line: precision, bytes, losses, gradient'))
    .addHelpText('after', EXAMPLE)
    .action(async (ref, options) => {
      applyHubAccess(options);
      const { data, query, examples, sourceMaxTokens, targetMaxTokens, threads } = options;
      const precisions = options.precision.map((name) => precision(name, '--precision'));
      const { comparePrecisions } = await import('#train');
      const compared = comparePrecisions({
        baseModel: modelRef(ref ?? EMBEDDED_BASE_NAME, options.revision),
        data: { files: data ?? [EXAMPLE_DATA], query: query ?? null },
        maxSamples: examples,
        precisions,
        sourceMaxTokens,
        targetMaxTokens,
        threads,
        signal: abortOnSignals(sayOnFirst('stopping after this one; once more to stop at once')),
      });
      const rows: ComparedPrecision[] = [];
      for await (const each of compared) {
        if (options.json) process.stdout.write(`${JSON.stringify(each)}\n`);
        else rows.push(each);
      }
      if (!options.json) process.stdout.write(`${precisionLines(rows).join('\n')}\n`);
    });
}

function precisionLines(rows: readonly ComparedPrecision[]): string[] {
  const [stored] = rows;
  const lines = rows.map((row) => [
    row.precision === 'stored' ? 'as stored' : row.precision,
    formatBytes(row.bytes),
    formatLoss(row.loss),
    ...(row === stored
      ? ['', '', '']
      : [
          signed(row.loss - row.storedLoss),
          formatPart(row.gradientDifference),
          row.gradientCosine.toFixed(4),
        ]),
  ]);
  return [
    `on ${plural(stored?.examples ?? 0, 'example')}, gradient of LoRA as a run begins`,
    '',
    ...table([['', 'weights', 'loss', 'change', 'gradient off by', 'cosine'], ...lines]),
  ];
}

function signed(change: number): string {
  return `${change < 0 ? '-' : '+'}${Math.abs(change).toFixed(4)}`;
}

/** @file `plimsoll data show`: the first examples of a run as its model gets them, and what is passed over. */
import type { Command } from '@commander-js/extra-typings';
import { basename } from 'node:path';
import type { DataPreview } from '#protocol';
import { countOption, jsonOption } from './shared-options.ts';
import { formatCount, formatCounts } from './format.ts';
import { addRunOptions, givenFor } from './run-options.ts';

const EXAMPLE = `
Examples:
  $ plimsoll data show
  $ plimsoll data show --data requests.jsonl --base-model google/flan-t5-small --source-max-tokens 128`;

export function defineShow(command: Command): void {
  command
    .summary('show the first examples of a run as its model gets them')
    .description(
      "Read what a run would read, count what it would pass over, and show the first examples as the model gets them: cut to the run's lengths. It takes the flags of plimsoll train and trains nothing.",
    );
  const typed = addRunOptions(command)
    .addOption(countOption('--first <n>', 'so many examples are shown', 5))
    .addOption(jsonOption('one object: files, counts, the first examples'));
  typed.addHelpText('after', EXAMPLE).action(async (options) => {
    const given = givenFor(command, options);
    const [{ openExamples, previewExamples }, { openBase }, { runRequest }] = await Promise.all([
      import('#data'),
      import('#models'),
      import('./run-request.ts'),
    ]);
    const { spec } = await runRequest(given, options);
    const { files, query, maxSamples } = spec.data;
    const reader = openExamples(files, {
      ...(query !== null && { query }),
      ...(maxSamples !== null && { limit: maxSamples }),
    });
    const { ref, revision } = spec.baseModel;
    const { tokenizer } = await openBase(ref, revision === null ? {} : { revision });
    const { sourceMaxTokens, targetMaxTokens } = spec.hyperparameters;
    const limits = { sourceMaxTokens, targetMaxTokens, first: options.first };
    const { first, ...counts } = await previewExamples(reader, tokenizer, limits);
    const preview: DataPreview = {
      files: reader.files.map(({ file, kind }) => ({ name: basename(file), kind })),
      ...counts,
      first: [...first],
    };
    const lines = options.json ? [JSON.stringify(preview)] : linesOf(preview);
    process.stdout.write(`${lines.join('\n')}\n`);
  });
}

function linesOf({ files, read, examples, skipped, first }: DataPreview): string[] {
  const names = files.map(({ name }) => name).join(', ');
  const passedOver = Object.keys(skipped).length > 0 ? `; skipped: ${formatCounts(skipped)}` : '';
  const counts = `${formatCount(examples)} examples of ${formatCount(read)} records${passedOver}`;
  return [
    `${names}: ${counts}`,
    ...first.flatMap(({ source, target }) => [
      '',
      ...textOf('source', source),
      ...textOf('target', target),
    ]),
  ];
}

function textOf(name: string, { text, tokens, cut }: DataPreview['first'][number]['source']) {
  const size = `${formatCount(tokens)} tokens${cut ? ', cut' : ''}`;
  return [`${name} (${size})`, ...text.split('\n').map((line) => `  ${line}`)];
}

/** @file `plimsoll data`: what files of examples hold, before anything is trained on them. */
import { type Command, Option } from '@commander-js/extra-typings';
import { fail } from '#base';
import { defineShow } from './data-show.ts';
import { formatCount, formatCounts, table } from './format.ts';
import { jsonOption } from './shared-options.ts';

const EXAMPLE = `
Examples:
  $ plimsoll data check requests.jsonl
  $ plimsoll data show --data requests.jsonl --max-samples 200
  $ plimsoll data check history.db --query "SELECT question AS source, reply AS target FROM notes" --json`;

export function define(command: Command): void {
  command
    .description('Look at files of examples.')
    .helpCommand(false)
    .addHelpText('after', EXAMPLE);
  command
    .command('check')
    .summary('read every record of files of examples, and say what they hold')
    .description(
      'Read every record of each file as `plimsoll train` would. What it cannot read as an example is an error with its line, or counted where training passes over it.',
    )
    .argument('<file...>', 'JSONL, CSV or SQLite')
    .option('--query <sql>', 'what to select from a SQLite file')
    .addOption(new Option('--kind <kind>', 'refuse a file of another kind').choices(KINDS))
    .addOption(jsonOption('one object a file, a line each'))
    .addHelpText('after', EXAMPLE)
    .action(async (files, { query, kind: expected, json }) => {
      const { openExamples } = await import('#data');
      const found: FileFound[] = [];
      for (const file of files) {
        const reader = openExamples(file, query === undefined ? {} : { query });
        const kind = reader.files[0]?.kind ?? '';
        if (expected !== undefined && kind !== expected)
          fail('DATA_KIND_WRONG', { file, expected, got: kind });
        let examples = 0;
        for await (const _ of reader) examples++;
        found.push({ file, kind, examples, skipped: reader.counts.skipped });
      }
      const lines = json ? found.map((each) => JSON.stringify(each)) : table(found.map(rowOf));
      process.stdout.write(`${lines.join('\n')}\n`);
    });
  defineShow(command.command('show'));
}

const KINDS = ['jsonl', 'csv', 'sqlite'] as const;

interface FileFound {
  readonly file: string;
  readonly kind: string;
  readonly examples: number;
  /** records without an example, by reason */
  readonly skipped: Readonly<Record<string, number>>;
}

function rowOf({ file, kind, examples, skipped }: FileFound): string[] {
  const passedOver = Object.keys(skipped).length > 0 ? `skipped: ${formatCounts(skipped)}` : '';
  return [file, kind, `${formatCount(examples)} examples`, passedOver];
}

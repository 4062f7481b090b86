/** @file `plimsoll generate`: answers to texts, by a model with or without an adapter. */
import type { Command } from '@commander-js/extra-typings';
import { fail } from '#base';
import { count, seed, within } from './flag-values.ts';
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
import { textsFrom } from './texts.ts';

const EXAMPLE = `
Examples:
  $ plimsoll generate --adapter finetune-output/latest "turn the heating down at night"
  $ plimsoll generate --model google/flan-t5-small --file requests.txt --json`;

export function define(command: Command): void {
  command
    .description(
      'Answer texts. They are the arguments, or the lines of --file, or those of standard input; on a terminal you are asked for them.',
    )
    .argument('[text...]', 'what to answer')
    .addOption(modelOption())
    .addOption(adapterOption())
    .option('--file <file>', 'texts, one a line')
    .addOption(countOption('--max-tokens <n>', 'end an answer after so many tokens', 128))
    .addOption(countOption('--source-max-tokens <n>', 'cut longer texts', 384))
    .option(
      '--temperature <x>',
      'draw tokens by chance; below 1 is bolder, above 1 wilder',
      positive,
    )
    .option('--top-k <n>', 'draw from the k likeliest tokens only', (text) =>
      count(text, '--top-k'),
    )
    .option('--top-p <p>', 'draw from the likeliest tokens that make up p together', part)
    .option('--seed <n>', 'of the chance (default: 42)', (text) => seed(text, '--seed'))
    .addOption(precisionOption())
    .addOption(threadsOption())
    .addOption(revisionOption())
    .addOption(tokenOption())
    .addOption(offlineOption())
    .addOption(jsonOption('one object a line: text and answer'))
    .addHelpText('after', EXAMPLE)
    .action(async (words, options) => {
      applyHubAccess(options);
      const sampling = samplingOf(options);
      const choice = chooseModel(options);
      const texts = await textsFrom(words, options.file, process.stdin);
      const [{ planSchema }, { generateTexts }] = await Promise.all([
        import('#protocol'),
        import('#train'),
      ]);
      const signal = abortOnSignals(
        sayOnFirst('stopping after this token; once more to stop at once'),
      );
      for await (const batch of texts) {
        const answers = generateTexts({
          ...choice,
          texts: batch,
          maxTokens: options.maxTokens,
          sourceMaxTokens: options.sourceMaxTokens,
          ...(sampling && { sampling }),
          plan: planSchema.parse({ threads: options.threads, precision: options.precision }),
          signal,
        });
        for await (const { text, answer } of answers)
          process.stdout.write(`${options.json ? JSON.stringify({ text, answer }) : answer}\n`);
        signal.throwIfAborted();
      }
    });
}

interface SamplingFlags {
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly seed?: number | undefined;
}

/** Greedy, so undefined, unless a flag asks for chance. @throws PlimsollError FLAG_MISPLACED */
export function samplingOf(flags: SamplingFlags) {
  const { temperature, topK, topP } = flags;
  if (temperature === undefined && topK === undefined && topP === undefined) {
    if (flags.seed === undefined) return undefined;
    const expected = 'with --temperature, --top-k or --top-p';
    return fail('FLAG_MISPLACED', { flag: '--seed', expected, got: 'without' });
  }
  return {
    temperature: temperature ?? 1,
    topK: topK ?? 0,
    topP: topP ?? 1,
    seed: flags.seed ?? 42,
  };
}

function positive(text: string): number {
  return within(text, '--temperature', 'a number above 0', (value) => value > 0);
}

function part(text: string): number {
  return within(text, '--top-p', 'a number above 0, at most 1', (p) => p > 0 && p <= 1);
}

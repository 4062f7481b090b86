/** @file `plimsoll model init`: a model of a named size with random weights. */
import { type Command, Option } from '@commander-js/extra-typings';
import { EMBEDDED_BASE } from './bundled.ts';
import { seed as readSeed, within } from './flag-values.ts';
import { showMadeModel } from './made-model.ts';
import { dtypeOption } from './model-dtype.ts';
import { jsonOption } from './shared-options.ts';

const EXAMPLE = `
Example:
  $ plimsoll model init flan-t5-small --output ./random-t5 --seed 7`;

export function define(command: Command): void {
  command
    .description(
      'Make a model of a published shape with random weights: for tests, for measurements, to train from nothing. It gets a tokenizer; the rest of its vocabulary stays unused.',
    )
    .argument('<size>', 'plimsoll-mini, flan-t5-small, -base or -large, t5-small or -base')
    .requiredOption('--output <dir>', "the model's folder")
    .addOption(
      new Option('--seed <n>', 'of the weights')
        .default(42)
        .argParser((text) => readSeed(text, '--seed')),
    )
    .addOption(
      new Option(
        '--initializer-factor <x>',
        "scale of the weights, as transformers' of that name; at 1 a model with a head of its own answers with probabilities so small that they slow the processor down",
      )
        .default(1)
        .argParser((text) =>
          within(text, '--initializer-factor', 'a number above 0', (x) => x > 0),
        ),
    )
    .addOption(dtypeOption())
    .option(
      '--tokenizer <dir>',
      "folder to take the tokenizer's files from (default: the embedded base)",
    )
    .addOption(jsonOption('one object: folder, parameters, bytes'))
    .addHelpText('after', EXAMPLE)
    .action(async (size, { output, seed, initializerFactor, dtype, tokenizer, json }) => {
      const { initModel } = await import('#train');
      const made = await initModel({
        size,
        output,
        seed,
        initializerFactor,
        dtype,
        tokenizer: tokenizer ?? EMBEDDED_BASE,
      });
      showMadeModel(made, dtype, json === true);
    });
}

/** @file `plimsoll model convert`: the same model with weights of another precision. */
import type { Command } from '@commander-js/extra-typings';
import { showMadeModel } from './made-model.ts';
import { modelRef } from './model-choice.ts';
import { dtypeOption } from './model-dtype.ts';
import {
  applyHubAccess,
  jsonOption,
  offlineOption,
  revisionOption,
  tokenOption,
} from './shared-options.ts';

const EXAMPLE = `
Example:
  $ plimsoll model convert google/flan-t5-small --output ./t5-bf16 --dtype bf16`;

export function define(command: Command): void {
  command
    .description('Write a model again, with weights of another precision. The original is kept.')
    .argument('<ref>', 'folder, or name on the hub')
    .requiredOption('--output <dir>', "the new model's folder")
    .addOption(dtypeOption())
    .addOption(revisionOption())
    .addOption(tokenOption())
    .addOption(offlineOption())
    .addOption(jsonOption('one object: folder, parameters, bytes'))
    .addHelpText('after', EXAMPLE)
    .action(async (ref, { output, dtype, revision, json, ...access }) => {
      applyHubAccess(access);
      const { convertModel } = await import('#train');
      const made = await convertModel({ model: modelRef(ref, revision), output, dtype });
      showMadeModel(made, dtype, json === true);
    });
}

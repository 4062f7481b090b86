/** @file The flags that say which run, alike for a run that is planned and one that is trained. */
import type { Command } from '@commander-js/extra-typings';
import {
  applyHubAccess,
  correctionOption,
  memoryOption,
  shareOfOption,
  offlineOption,
  revisionOption,
  tokenOption,
} from './shared-options.ts';
import type { GivenFlags } from './spec-from-flags.ts';
import { addSpecOptions, givenFlags } from './spec-options.ts';

/** What is added to the command afterwards stands in the help with the model and the run. */
export function addRunOptions(command: Command) {
  const typed = command
    .optionsGroup('Model and run:')
    .option('--base-model <ref>', 'folder, or name on the hub (default: the embedded base)')
    .addOption(revisionOption())
    .addOption(tokenOption())
    .addOption(offlineOption())
    .option(
      '--resume-from <dir>',
      'go on with a run, in its folder, from its newest checkpoint; what it computes is kept',
    )
    .addOption(memoryOption())
    .addOption(shareOfOption())
    .addOption(correctionOption());
  addSpecOptions(command);
  return typed;
}

/** What was given of the spec and the plan; the hub's client learns what is its own. */
export function givenFor(
  command: Command,
  options: Parameters<typeof applyHubAccess>[0],
): GivenFlags {
  applyHubAccess(options);
  return givenFlags(command.opts());
}

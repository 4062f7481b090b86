/** @file `plimsoll model info`: what a model is, without computing anything. */
import type { Command } from '@commander-js/extra-typings';
import { formatBytes } from '#base';
import type { modelInfo } from '#train';
import { EMBEDDED_BASE_NAME } from './bundled.ts';
import { facts, formatCount, formatCounts } from './format.ts';
import { modelRef } from './model-choice.ts';
import {
  applyHubAccess,
  jsonOption,
  offlineOption,
  revisionOption,
  tokenOption,
} from './shared-options.ts';

const EXAMPLE = `
Example:
  $ plimsoll model info google/flan-t5-small --json`;

export function define(command: Command): void {
  command
    .description('Say what a model is: its architecture, its size, its files.')
    .argument('[ref]', 'folder, or name on the hub (default: the embedded base)')
    .addOption(revisionOption())
    .addOption(tokenOption())
    .addOption(offlineOption())
    .addOption(jsonOption('one object'))
    .addHelpText('after', EXAMPLE)
    .action(async (ref, { revision, json, ...access }) => {
      applyHubAccess(access);
      const { modelInfo: infoOf } = await import('#train');
      const info = await infoOf(modelRef(ref ?? EMBEDDED_BASE_NAME, revision));
      const lines = json ? [JSON.stringify(info)] : infoLines(info);
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}

type ModelInfo = Awaited<ReturnType<typeof modelInfo>>;

function infoLines(info: ModelInfo): string[] {
  const dtypes = formatCounts(info.dtypes);
  return facts([
    ['model', info.ref],
    ...(info.revision ? [['revision', info.revision] as const] : []),
    ['folder', info.folder],
    ['architecture', info.architecture],
    ['parameters', formatCount(info.parameters)],
    ['weights', `${formatBytes(info.bytes)} in ${formatCount(info.tensors)} tensors (${dtypes})`],
    ['vocabulary', formatCount(info.vocabulary)],
    ['files', info.files.join(', ')],
    ...Object.entries(info.config).map(([name, value]) => [name, String(value)] as const),
  ]);
}

/** @file What is said of a model that was written. */
import { formatBytes } from '#base';
import type { MadeModel } from '#train';
import { facts, formatCount } from './format.ts';

export function showMadeModel(made: MadeModel, dtype: string, json: boolean): void {
  const lines = json
    ? [JSON.stringify(made)]
    : facts([
        ['folder', made.folder],
        ['parameters', formatCount(made.parameters)],
        ['weights', `${formatBytes(made.bytes)}, ${dtype}`],
      ]);
  process.stdout.write(`${lines.join('\n')}\n`);
}

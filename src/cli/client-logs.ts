/** @file `plimsoll logs`: what a run of a service has printed. */
import { type Command, Option } from '@commander-js/extra-typings';
import { runArgument, serverOption } from './client-options.ts';
import { count } from './flag-values.ts';

const EXAMPLE = `
Example:
  $ plimsoll logs 7 --server http://127.0.0.1:8018`;

export function define(command: Command): void {
  command
    .description('Print the end of what the newest attempt of a run of a service has printed.')
    .addArgument(runArgument())
    .addOption(serverOption())
    .addOption(
      new Option('--bytes <n>', 'so many at most')
        .default(65_536)
        .argParser((text) => count(text, '--bytes')),
    )
    .addHelpText('after', EXAMPLE)
    .action(async (id, { server, bytes }) => {
      const { clientOf, RUNS } = await import('./client.ts');
      process.stdout.write(await clientOf(server).text(`GET ${RUNS}/${id}/log?bytes=${bytes}`));
    });
}

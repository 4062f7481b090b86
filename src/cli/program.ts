/** @file The command line as a whole. */
import { Command } from '@commander-js/extra-typings';
import { readFileSync } from 'node:fs';
import { inPackage } from './bundled.ts';
import { addCommands, type CommandTable } from './command-table.ts';
import { goOnUnheard } from './unheard-output.ts';

const EXAMPLE = `
Example:
  $ plimsoll train`;

/**
 * The commands that `words`, those of the command line, name are whole; of the others there is what
 * the help shows. Errors are thrown, not printed.
 */
export async function buildProgram(
  words: readonly string[],
  commands: CommandTable,
): Promise<Command> {
  const program = new Command('plimsoll');
  program
    .description('Fine-tunes language models inside the memory you have.')
    .version(versionOf(inPackage('package.json')), '--version', 'print the version')
    .helpOption('--help', 'print this')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--debug', 'with an error that is a bug of Plimsoll, print where it arose')
    .exitOverride()
    .configureOutput({ outputError: () => {}, writeOut: print })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXAMPLE);
  await addCommands(program, commands, words);
  return program;
}

/** Help and version. */
function print(text: string): void {
  goOnUnheard();
  process.stdout.write(text);
}

function versionOf(file: string): string {
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return String(Reflect.get(Object(manifest), 'version'));
}

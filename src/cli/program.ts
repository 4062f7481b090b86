/** @file The command line as a whole. */
import { Command } from '@commander-js/extra-typings';
import { readFileSync } from 'node:fs';
import { inPackage } from './bundled.ts';
import { addCommands, type CommandTable } from './command-table.ts';

const COMMANDS: CommandTable = {
  train: {
    summary: 'fine-tune a model',
    load: async () => (await import('./train.ts')).define,
  },
  plan: {
    summary: 'say what a run will take, and whether it fits',
    load: async () => (await import('./plan.ts')).define,
  },
  run: {
    summary: 'run any command under a limit, and say why it ended',
    load: async () => (await import('./run.ts')).define,
  },
  explain: {
    summary: 'say again why a command ended',
    load: async () => (await import('./explain.ts')).define,
  },
  doctor: {
    summary: 'say what this machine offers, and what verdicts can prove',
    load: async () => (await import('./doctor.ts')).define,
  },
  generate: {
    summary: 'answer texts with a model',
    load: async () => (await import('./generate.ts')).define,
  },
  eval: {
    summary: 'evaluate a model on examples',
    load: async () => (await import('./eval.ts')).define,
  },
  model: {
    summary: 'make, look at and convert models',
    load: async () => (await import('./model.ts')).define,
  },
};

const EXAMPLE = `
Example:
  $ plimsoll train`;

/**
 * The commands that `words`, those of the command line, name are whole; of the others there is what
 * the help shows. Errors are thrown, not printed.
 */
export async function buildProgram(words: readonly string[]): Promise<Command> {
  const program = new Command('plimsoll');
  program
    .description('Fine-tunes language models inside the memory you have.')
    .version(versionOf(inPackage('package.json')), '--version', 'print the version')
    .helpOption('--help', 'print this')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--debug', 'with an error that is a bug of Plimsoll, print where it arose')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXAMPLE);
  await addCommands(program, COMMANDS, words);
  return program;
}

function versionOf(file: string): string {
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return String(Reflect.get(Object(manifest), 'version'));
}

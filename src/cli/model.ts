/** @file `plimsoll model`: its commands, each loaded when it is called. */
import type { Command } from '@commander-js/extra-typings';
import { addCommands, type CommandTable } from './command-table.ts';

const COMMANDS: CommandTable = {
  init: {
    summary: 'make a model of a named size with random weights',
    load: async () => (await import('./model-init.ts')).define,
  },
  info: {
    summary: 'say what a model is: architecture, size, files',
    load: async () => (await import('./model-info.ts')).define,
  },
  precision: {
    summary: 'measure what bf16, int8 and int4 weights save, and what they change',
    load: async () => (await import('./model-precision.ts')).define,
  },
  convert: {
    summary: 'write a model again with weights of another precision',
    load: async () => (await import('./model-convert.ts')).define,
  },
};

const EXAMPLE = `
Example:
  $ plimsoll model info google/flan-t5-small`;

export async function define(command: Command, words: readonly string[]): Promise<void> {
  command
    .description('Make, look at and convert models.')
    .helpCommand(false)
    .addHelpText('after', EXAMPLE);
  await addCommands(command, COMMANDS, words);
}

/**
 * @file Commands that are loaded only when they are called: for the others a name and a summary are
 * enough, and `plimsoll --help` stays quick.
 */
import type { Command } from '@commander-js/extra-typings';

/** Gives a command its flags and its action. `words` are those of the command line. */
export type Define = (command: Command, words: readonly string[]) => void | Promise<void>;

export type CommandTable = Readonly<
  Record<string, { readonly summary: string; readonly load: () => Promise<Define> }>
>;

export async function addCommands(
  parent: Command,
  table: CommandTable,
  words: readonly string[],
): Promise<void> {
  for (const [name, { summary, load }] of Object.entries(table)) {
    const command = parent.command(name).summary(summary);
    if (words.includes(name)) await (await load())(command, words);
  }
}

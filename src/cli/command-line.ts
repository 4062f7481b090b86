/** @file A command line from its words to its end: parses, runs, and turns whatever is thrown into a line and a code. */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommandTable } from './command-table.ts';
import { buildProgram } from './program.ts';
import { type Failure, failureOf, failureText, usageFailure } from './report-error.ts';

export async function runCommandLine(commands: CommandTable): Promise<void> {
  const words = wordsBefore('--', process.argv.slice(2));
  function report(failure: Failure): void {
    const options = { json: words.includes('--json'), debug: words.includes('--debug') };
    process.stderr.write(failureText(failure, options));
    process.exitCode = failure.exitCode;
  }

  process.on('uncaughtException', (error) => {
    report(failureOf(error));
    process.exit();
  });

  const program = await buildProgram(words, commands);
  try {
    await program.parseAsync();
  } catch (error) {
    if (!isHelp(error)) report(usageFailure(error, commandOf(program, words)) ?? failureOf(error));
  }
}

/** Commander throws, too, when it has printed what was asked for, or the help for want of a command. */
function isHelp(error: unknown): boolean {
  if (!(error instanceof Error) || !('exitCode' in error) || !('code' in error)) return false;
  if (error.code === 'commander.help' && error.exitCode !== 0) process.exitCode = 2;
  return error.code === 'commander.help' || error.exitCode === 0;
}

/** `plimsoll model init`, for the help to point to. */
function commandOf(parent: CommandUnknownOpts, [word = '', ...rest]: readonly string[]): string {
  const command = parent.commands.find((each) => each.name() === word);
  return command ? `${parent.name()} ${commandOf(command, rest)}` : parent.name();
}

function wordsBefore(end: string, all: readonly string[]): readonly string[] {
  const at = all.indexOf(end);
  return at === -1 ? all : all.slice(0, at);
}

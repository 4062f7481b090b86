/** @file The command `plimsoll`. */
import { runCommandLine } from './command-line.ts';
import { COMMANDS } from './commands.ts';

await runCommandLine(COMMANDS);

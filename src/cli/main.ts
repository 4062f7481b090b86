/** @file The command `plimsoll`. */
import { runCommandLine } from './command-line.ts';
import { COMMANDS } from './commands.ts';
import { goOnUnheard } from './unheard-output.ts';

goOnUnheard();
await runCommandLine(COMMANDS);

/**
 * @file `plimsoll run` alone, which the build makes into one file (scripts/bundle-run.ts): what a command waits
 * for before it begins is mostly the loading of modules, and of a hundred files that took a tenth of a second.
 */
import { runCommandLine } from './command-line.ts';
import { RUN } from './run-command.ts';

await runCommandLine(RUN);

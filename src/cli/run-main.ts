/**
 * @file `plimsoll run` alone, which the build makes into one file (scripts/bundle-run.ts): what a command waits
 * for before it begins is mostly the loading of modules, and of a hundred files that took a tenth of a second.
 */
import { runCommandLine } from './command-line.ts';
import { define } from './run.ts';

/** Only a list of commands has the summary in it: there is none here. */
await runCommandLine({ run: { summary: '', load: async () => define } });

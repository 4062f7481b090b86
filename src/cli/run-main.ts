/** @file `plimsoll run` alone, which the build makes into one script (scripts/bundle-run.ts, run-start.ts). */
import { runCommandLine } from './command-line.ts';
import { define } from './run.ts';

/** Only a list of commands has the summary in it: there is none here. */
void runCommandLine({ run: { summary: '', load: async () => define } });

/** @file --server: which service a command is about. Its token comes from the environment alone. */
import { Argument, Option } from '@commander-js/extra-typings';
import { count } from './flag-values.ts';

export const DEFAULT_SERVER = 'http://127.0.0.1:8018';

const WHAT = 'address of plimsoll serve; its token is read from PLIMSOLL_TOKEN';

/** For commands that are about a service alone. */
export const serverOption = () =>
  new Option('--server <url>', WHAT).env('PLIMSOLL_SERVER').default(DEFAULT_SERVER);

/** For commands that do without one, too: a variable alone is not to send a run elsewhere. */
export const serverInsteadOption = () =>
  new Option(
    '--server [url]',
    `${WHAT} (without a value: PLIMSOLL_SERVER, else ${DEFAULT_SERVER})`,
  );

export const runArgument = () =>
  new Argument('<id>', 'number of the run, as plimsoll runs has it').argParser((text) =>
    count(text, 'id'),
  );

/** @file The row of `run`, for the table of all commands and for where it stands alone. */
import type { CommandTable } from './command-table.ts';

export const RUN: CommandTable = {
  run: {
    summary: 'run any command under a limit, and say why it ended',
    load: async () => (await import('./run.ts')).define,
  },
};

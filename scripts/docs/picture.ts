/**
 * @file The README's picture: `npx plimsoll train` run in a terminal, and what stands there in the end.
 *
 *     npm run docs:picture        about as long as that command takes
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { screenOf } from './terminal-screen.ts';
import { terminalSvg } from './terminal-svg.ts';

const COMMAND = 'npx plimsoll train';
const COLUMNS = 100;
const FILE = 'docs/images/train.svg';

// util-linux's script gives the command a terminal; the size is the command's own to set.
const { stdout, status } = spawnSync(
  'script',
  ['-qec', `stty cols ${COLUMNS} rows 50 && ${COMMAND}`, '/dev/null'],
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 },
);
if (status !== 0)
  throw new Error(`expected '${COMMAND}' to succeed, got code ${status}\n${stdout}`);

mkdirSync(dirname(FILE), { recursive: true });
const description =
  'The whole output of the command: the model, the data, the evaluation after each epoch, held-out loss ' +
  'and exact match before and after, and three requests answered by the base and by the tuned model.';
const rows = screenOf(stdout, COLUMNS);
writeFileSync(FILE, terminalSvg({ command: COMMAND, rows, columns: COLUMNS, description }));
console.log(FILE);

/** @file `plimsoll explain`: the verdict on a command that ran, with its memory over time. */
import type { Command } from '@commander-js/extra-typings';
import { join } from 'node:path';
import { fail } from '#base';
import { type AttemptRecord, attemptRecordSchema, check, problemsText } from '#protocol';
import { readRecord, recordsFolder, runIds } from '#supervise';
import { historyChart } from './history-chart.ts';
import { paintFor } from './paint.ts';
import { jsonOption } from './shared-options.ts';
import { verdictLines } from './verdict-lines.ts';
import { shellWord } from './format.ts';

const EXAMPLE = `
Examples:
  $ plimsoll explain
  $ plimsoll explain 20260131-142501-9f3ac1 --json`;

export function define(command: Command): void {
  command
    .description(
      'Say again why a command ended that plimsoll run ran: memory over time, numbers, evidence, solutions, and the end of what it printed. The newest twenty are kept.',
    )
    .argument('[run]', "id of the run, or the folder of its record (default: the newest run's)")
    .addOption(jsonOption('the record as one object: command, verdict, samples, output'))
    .addHelpText('after', EXAMPLE)
    .action((run, options) => {
      const record = recordOf(run);
      const text = options.json ? JSON.stringify(record) : lines(record).join('\n');
      process.stdout.write(`${text}\n`);
    });
}

/** @throws PlimsollError ATTEMPT_NOT_FOUND, ATTEMPT_MALFORMED */
function recordOf(run: string | undefined): AttemptRecord {
  const folder = recordsFolder();
  const newest = runIds().toReversed();
  const places =
    run === undefined ? newest.map((id) => join(folder, id)) : [join(folder, run), run];
  for (const place of places) {
    const text = readRecord(place); // a run in progress has none yet
    if (text === null) continue;
    const { value, problems } = check(attemptRecordSchema, parsed(text));
    return value ?? fail('ATTEMPT_MALFORMED', { folder: place, problem: problemsText(problems) });
  }
  return fail('ATTEMPT_NOT_FOUND', { run: run ?? 'the newest run', folder, newest });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // the schema then says that it is none
  }
}

/** Of the output so many lines: the log beside the record has all of it. */
const OUTPUT_LINES = 20;

function lines({
  run_id,
  command,
  folder,
  started_at,
  samples,
  verdict,
  output,
}: AttemptRecord): string[] {
  const options = { paint: paintFor(process.stdout), columns: process.stdout.columns || 100 };
  const printed = output.trimEnd().split('\n').slice(-OUTPUT_LINES);
  return [
    `run ${run_id}, started ${started_at} in ${folder}`,
    `$ ${command.map(shellWord).join(' ')}`,
    '',
    ...historyChart(samples, verdict, options),
    ...verdictLines(verdict, options),
    ...(output === '' ? [] : ['', 'OUTPUT, ITS END', ...printed.map((line) => `  ${line}`)]),
  ];
}

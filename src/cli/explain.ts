/** @file `plimsoll explain`: the verdict on a command that ran, with its memory over time. */
import { type Command, Option } from '@commander-js/extra-typings';
import { join } from 'node:path';
import { fail } from '#base';
import {
  type AttemptRecord,
  attemptRecordSchema,
  check,
  problemsText,
  type Remedy,
} from '#protocol';
import {
  readRecord,
  recordsFolder,
  runIds,
  SOLUTIONS,
  solutionLines,
  verdictLines,
} from '#supervise';
import { earlierLines } from './attempt-lines.ts';
import { serverInsteadOption } from './client-options.ts';
import { count } from './flag-values.ts';
import { historyChart } from './history-chart.ts';
import { paintFor } from './paint.ts';
import { jsonOption } from './shared-options.ts';
import { shellWord } from './format.ts';

const EXAMPLE = `
Examples:
  $ plimsoll explain
  $ plimsoll explain 20260131-142501-9f3ac1 --json
  $ plimsoll explain 7 --server http://127.0.0.1:8018
  $ plimsoll explain --apply --file docker-compose.yml --service intent-api`;

export function define(command: Command): void {
  command
    .description(
      'Say again why a command ended that plimsoll run ran: memory over time, numbers, evidence, solutions, and the end of what it printed. The newest twenty are kept.',
    )
    .argument('[run]', "id of the run, or the folder of its record (default: the newest run's)")
    .addOption(attemptOption())
    .addOption(jsonOption('the record as one object: command, verdict, samples, output'))
    .addOption(serverInsteadOption())
    .option(
      '--apply',
      'put the higher limit into the compose file that sets it: shows the change, then asks',
    )
    .option(
      '--file <file>',
      "compose file (default: the container's own, or the one in this folder)",
    )
    .option('--service <name>', 'whose limit (default: the only one that has a limit)')
    .option('--yes', 'make the change without a question')
    .addHelpText('after', EXAMPLE)
    .action(async (run, options) => {
      refuseMisplaced(options);
      if (options.server !== undefined) {
        const { explainOnServer } = await import('./client-explain.ts');
        await explainOnServer(options.server, run, options.json === true);
        return;
      }
      const record = recordOf(run, options.attempt);
      if (options.apply) {
        const { applyLimit } = await import('./apply-limit.ts');
        await applyLimit(record, options);
        return;
      }
      if (options.json) say([JSON.stringify(await withPlans(record))]);
      else await show(record);
    });
}

async function withPlans(record: AttemptRecord): Promise<AttemptRecord> {
  const remedies: Remedy[] = [];
  for await (const remedy of solutionsOf(record)) remedies.push(remedy);
  return { ...record, verdict: { ...record.verdict, remedies } };
}

/** For a run of our own trainer the planner is asked what each would take, which takes its time. */
async function* solutionsOf(record: AttemptRecord): AsyncGenerator<Remedy> {
  const { run_folder: folder, remedies } = record.verdict;
  if (folder === null || remedies.length === 0) {
    yield* remedies;
    return;
  }
  const { plannedRemedies } = await import('./planned-remedies.ts');
  yield* plannedRemedies(record);
}

/** @throws PlimsollError FLAG_MISPLACED for what says how to change, without the change being asked for */
function refuseMisplaced(options: Readonly<Record<string, unknown>>): void {
  const flag = ['file', 'service', 'yes'].find((name) => options[name] !== undefined);
  if (flag === undefined || options['apply']) return;
  fail('FLAG_MISPLACED', { flag: `--${flag}`, expected: 'with --apply', got: 'without' });
}

const attemptOption = () =>
  new Option('--attempt <n>', 'an earlier attempt of the run (default: its newest)').argParser(
    (text) => count(text, '--attempt'),
  );

/** @throws PlimsollError ATTEMPT_NOT_FOUND, ATTEMPT_MALFORMED */
function recordOf(run: string | undefined, attempt?: number): AttemptRecord {
  const folder = recordsFolder();
  const newest = runIds().toReversed();
  const places =
    run === undefined ? newest.map((id) => join(folder, id)) : [join(folder, run), run];
  for (const place of places) {
    const text = readRecord(place); // a run in progress has none yet
    if (text === null) continue;
    const last = checked(place, text);
    return attempt === undefined || attempt === last.attempt
      ? last
      : earlierOf(place, last.attempt, attempt);
  }
  return fail('ATTEMPT_NOT_FOUND', { run: run ?? 'the newest run', folder, newest });
}

function earlierOf(place: string, last: number, attempt: number): AttemptRecord {
  const text = readRecord(place, attempt);
  const problem = `expected an attempt that the run made, 1 to ${last}, got ${attempt}`;
  return text === null
    ? fail('FLAG_INVALID', { flag: '--attempt', problem })
    : checked(place, text);
}

function checked(folder: string, text: string): AttemptRecord {
  const { value, problems } = check(attemptRecordSchema, parsed(text));
  return value ?? fail('ATTEMPT_MALFORMED', { folder, problem: problemsText(problems) });
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

/** What is known at once; then the solutions, each as soon as it is; then what was before. */
async function show(record: AttemptRecord): Promise<void> {
  const columns = process.stdout.columns || 100;
  say(headLines(record, columns));
  if (record.verdict.remedies.length > 0) {
    say(['', SOLUTIONS]);
    await showSolutions(record, columns);
  }
  say(tailLines(record));
}

async function showSolutions(record: AttemptRecord, columns: number): Promise<void> {
  const isWatched = process.stdout.isTTY && record.verdict.run_folder !== null;
  const wait = () => isWatched && process.stdout.write(ASKING);
  const clear = () => isWatched && process.stdout.write(CLEAR_LINE);
  let number = 0;
  wait();
  for await (const remedy of solutionsOf(record)) {
    clear();
    say(solutionLines(remedy, ++number, columns));
    wait();
  }
  clear();
}

const ASKING = '  the planner is asked what each takes ...';
const CLEAR_LINE = '\r\u001b[K';

function say(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}

function headLines(
  { run_id, attempt, earlier, command, folder, started_at, samples, verdict }: AttemptRecord,
  columns: number,
): string[] {
  const options = { paint: paintFor(process.stdout), columns };
  return [
    `run ${run_id}${earlier.length === 0 ? '' : `, attempt ${attempt}`}, started ${started_at} in ${folder}`,
    `$ ${command.map(shellWord).join(' ')}`,
    '',
    ...historyChart(samples, verdict, options),
    ...verdictLines({ ...verdict, remedies: [] }, options),
  ];
}

function tailLines({ earlier, output }: AttemptRecord): string[] {
  const printed = output.trimEnd().split('\n').slice(-OUTPUT_LINES);
  return [
    ...(earlier.length === 0 ? [] : ['', 'EARLIER ATTEMPTS', ...earlierLines(earlier)]),
    ...(output === '' ? [] : ['', 'OUTPUT, ITS END', ...printed.map((line) => `  ${line}`)]),
  ];
}

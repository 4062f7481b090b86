/** @file The settings of the service: flags, and what stands for each in the environment. */
import { type Command, Option } from '@commander-js/extra-typings';
import { fail, formatBytes, parseBytes } from '#base';
import { machineMemory, memoryLimit } from '#kernel';
import { count, within } from './flag-values.ts';

export const dataDirOption = () =>
  new Option('--data-dir <dir>', 'its database, and the folders of its runs')
    .env('PLIMSOLL_DATA_DIR')
    .default('./plimsoll-data');

export const configOption = () =>
  new Option(
    '--config <file>',
    'YAML with these settings under their names with _ for -; a flag or a variable goes before it',
  ).env('PLIMSOLL_CONFIG');

/** In the order in which they are told. */
export function addServiceOptions(command: Command) {
  return command
    .addOption(
      new Option('--host <address>', 'where to listen').env('PLIMSOLL_HOST').default('127.0.0.1'),
    )
    .addOption(
      new Option('--port <n>', 'and on which port; 0: any that is free')
        .env('PLIMSOLL_PORT')
        .default(8018)
        .argParser((text) => port(text)),
    )
    .addOption(dataDirOption())
    .addOption(
      new Option(
        '--memory <size>',
        'what the service and its runs may use together (default: what the limits around it allow)',
      )
        .env('PLIMSOLL_MEMORY')
        .argParser((text) => memoryLimit(text, machineMemory())),
    )
    .addOption(
      new Option('--reserve <size>', 'of that, what is kept for the service and its planner')
        .env('PLIMSOLL_RESERVE')
        .default(RESERVE, formatBytes(RESERVE))
        .argParser((text) => parseBytes(text)),
    )
    .addOption(
      new Option('--concurrency <n>', 'runs at once, at most')
        .env('PLIMSOLL_CONCURRENCY')
        .default(4)
        .argParser((text) => count(text, '--concurrency')),
    )
    .addOption(
      new Option(
        '--exclusive [when]',
        'refuse a run (409) while another of its training_type waits or runs, as the original did: true or false',
      )
        .env('PLIMSOLL_EXCLUSIVE')
        .preset('true')
        .argParser((text) => trueOrFalse(text, '--exclusive')),
    )
    .addOption(
      new Option(
        '--runs-on-stop <what>',
        'when the service is asked to end: leave runs to go on without it, or end them after a checkpoint, from which its next start goes on; a container ends them anyway (default: end as process 1, else leave)',
      )
        .env('PLIMSOLL_RUNS_ON_STOP')
        .choices(['leave', 'end'] as const),
    )
    .addOption(
      new Option(
        '--root <dir>',
        'a folder below which data and models may lie; may be repeated (default: files/ in the data folder)',
      )
        .env('PLIMSOLL_ROOT')
        .argParser((text, before: string[] | undefined) => [...(before ?? []), text]),
    )
    .addOption(
      new Option('--upload-limit <size>', 'of a file that a client sends, at most')
        .env('PLIMSOLL_UPLOAD_LIMIT')
        .default(UPLOAD_LIMIT, formatBytes(UPLOAD_LIMIT))
        .argParser((text) => parseBytes(text)),
    )
    .addOption(
      new Option(
        '--answer-idle <seconds>',
        'keep a model that has answered open with nothing to answer; a run that needs its memory gets it before',
      )
        .env('PLIMSOLL_ANSWER_IDLE')
        .default(300)
        .argParser((text) => count(text, '--answer-idle')),
    )
    .addOption(
      new Option('--rate-limit <n>', 'calls a second of one token, in the long run')
        .env('PLIMSOLL_RATE_LIMIT')
        .default(100)
        .argParser((text) => count(text, '--rate-limit')),
    )
    .addOption(
      new Option(
        '--session-hours <n>',
        'from signing in to the dashboard until one has to again, whatever is done meanwhile',
      )
        .env('PLIMSOLL_SESSION_HOURS')
        .default(12)
        .argParser((text) => count(text, '--session-hours')),
    )
    .addOption(
      new Option('--log-level <name>', 'of the log on standard error')
        .env('PLIMSOLL_LOG_LEVEL')
        .default('info' as const)
        .choices(['debug', 'info', 'warn', 'error', 'silent'] as const),
    );
}

/**
 * Of what the kernel cannot take back, measured on x86-64 with Node 20: the service 28 MiB idle, 40 with 10,000 runs,
 * 100 streams and 50 calls a second; 52 for the planner that works beside it; 2 of the kernel's own.
 */
const RESERVE = 96 * 2 ** 20;
/** As OpenAI's API has it. */
const UPLOAD_LIMIT = 512 * 2 ** 20;
const MOST_PORT = 65_535;

function port(text: string): number {
  const fits = (value: number) => Number.isInteger(value) && value >= 0 && value <= MOST_PORT;
  return within(text, '--port', `a whole number from 0 to ${MOST_PORT}`, fits);
}

function trueOrFalse(text: string, flag: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return fail('FLAG_INVALID', { flag, problem: `expected true or false, got '${text}'` });
}

/** @file `plimsoll serve`: the service. */
import { type Command, Option } from '@commander-js/extra-typings';
import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { formatBytes, parseBytes } from '#base';
import { machineMemory, memoryLimit } from '#kernel';
import { EMBEDDED_BASE_NAME, inPackage } from './bundled.ts';
import { count, within } from './flag-values.ts';
import { dataDirOption } from './service-options.ts';

const EXAMPLE = `
Example:
  $ plimsoll serve --memory 512M --data-dir ./plimsoll-data --root /srv/data
  $ curl -X POST -H "Authorization: Bearer $TOKEN" -d '{"max_samples": 200}' \\
      http://127.0.0.1:8018/api/v1/admin/training/trigger`;

export function define(command: Command): void {
  command
    .description(
      'Start, watch and explain runs over HTTP. Each run has a limit of its own below that of the service, and waits until its predicted peak fits beside those that run. Runs go on when the service ends, and are found again. The first start prints a token with scope admin, once. /openapi.json says what can be called.',
    )
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
        '--exclusive',
        'refuse a run (409) while another of its training_type waits or runs, as the original did',
      ).env('PLIMSOLL_EXCLUSIVE'),
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
      new Option('--rate-limit <n>', 'calls a second of one token, in the long run')
        .env('PLIMSOLL_RATE_LIMIT')
        .default(100)
        .argParser((text) => count(text, '--rate-limit')),
    )
    .addOption(
      new Option('--log-level <name>', 'of the log on standard error')
        .env('PLIMSOLL_LOG_LEVEL')
        .default('info' as const)
        .choices(['debug', 'info', 'warn', 'error', 'silent'] as const),
    )
    .addHelpText('after', EXAMPLE)
    .action(async (options) => {
      const { startService } = await import('#server');
      const { host, memory = null, exclusive = false, root } = options;
      const dataDir = resolve(options.dataDir);
      const service = await startService({
        ...options,
        dataDir,
        memory,
        exclusive,
        endRuns: (options.runsOnStop ?? (process.pid === 1 ? 'end' : 'leave')) === 'end',
        roots: (root ?? [join(dataDir, 'files')]).map((folder) => resolve(folder)),
        plimsoll: realpathSync(inPackage('bin/plimsoll')),
        version: version(),
        embeddedModel: EMBEDDED_BASE_NAME,
      });
      const { address, capacity, firstToken } = service;
      if (firstToken !== null) say(`first token, scope admin, shown this once: ${firstToken}`);
      say(
        `runs may use ${formatBytes(capacity.bytes)}: ${formatBytes(capacity.limit)} (${capacity.from}), less ${formatBytes(capacity.reserve)} for the service`,
      );
      const shown = host.includes(':') ? `[${host}]` : host;
      say(`listening on http://${shown}:${address.port}`);
      const stop = () => {
        void service.close().then(() => process.exit(0));
      };
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
    });
}

/** For the service, some 80 MiB, and a planner that works beside it: an estimate, not a measurement. */
const RESERVE = 112 * 2 ** 20;
const MOST_PORT = 65_535;

function port(text: string): number {
  const fits = (value: number) => Number.isInteger(value) && value >= 0 && value <= MOST_PORT;
  return within(text, '--port', `a whole number from 0 to ${MOST_PORT}`, fits);
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(inPackage('package.json'), 'utf8'));
  return String(Reflect.get(Object(manifest), 'version'));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** @file `plimsoll runs`: the runs of a service. */
import { type Command, Option } from '@commander-js/extra-typings';
import { formatBytes } from '#base';
import type { RunStatus, ServiceRun } from '#protocol';
import { serverOption } from './client-options.ts';
import { count } from './flag-values.ts';
import { formatLoss, table } from './format.ts';
import { jsonOption } from './shared-options.ts';

const EXAMPLE = `
Examples:
  $ plimsoll runs
  $ plimsoll runs --server https://train.example.org --status failed --json`;

const STATUSES = [
  'queued',
  'running',
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly RunStatus[];

export function define(command: Command): void {
  command
    .description('List the runs of a service, the newest first: where each stands, and its memory.')
    .addOption(serverOption())
    .addOption(
      new Option('--limit <n>', 'so many at most')
        .default(20)
        .argParser((text) => count(text, '--limit')),
    )
    .addOption(new Option('--status <name>', 'only these').choices(STATUSES))
    .option('--type <name>', 'only those of this training_type')
    .addOption(jsonOption('one list'))
    .addHelpText('after', EXAMPLE)
    .action(async ({ server, limit, status, type, json }) => {
      const { clientOf, RUNS } = await import('./client.ts');
      const { serviceRunSchema } = await import('#protocol');
      const query = new URLSearchParams({ limit: String(limit) });
      if (status !== undefined) query.set('status', status);
      if (type !== undefined) query.set('training_type', type);
      const runs = await clientOf(server).json(
        `GET ${RUNS}?${query.toString()}`,
        serviceRunSchema.array(),
      );
      const text = json ? JSON.stringify(runs) : runLines(runs).join('\n');
      process.stdout.write(`${text}\n`);
    });
}

/** Pure. */
export function runLines(runs: readonly ServiceRun[]): string[] {
  if (runs.length === 0) return ['no runs'];
  const head = ['run', 'status', 'step', 'loss', 'peak', 'limit', 'asked for', 'model'];
  return table([head, ...runs.map(rowOf)]);
}

function rowOf(run: ServiceRun): string[] {
  return [
    String(run.id),
    run.queue === null ? run.status : `${run.status}, place ${run.queue.place}`,
    run.progress === null ? '-' : `${run.progress.step}/${run.progress.of}`,
    run.finalLoss === null ? '-' : formatLoss(run.finalLoss),
    size(run.peak),
    size(run.limit),
    run.createdAt.slice(0, 19).replace('T', ' '),
    run.baseModel ?? run.order.base_model ?? '-',
  ];
}

function size(bytes: number | null): string {
  return bytes === null ? '-' : formatBytes(bytes);
}

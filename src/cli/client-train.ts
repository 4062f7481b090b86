/** @file `plimsoll train --server`: the run is the service's; what it tells is shown here until its end. */
import { ERRORS, fail, formatBytes, PlimsollError } from '#base';
import {
  check,
  runEventSchema,
  type ServiceEvent,
  type ServiceRun,
  serviceRunSchema,
} from '#protocol';
import { type Client, clientOf, RUNS } from './client.ts';
import { eventsOf } from './client-events.ts';
import { orderFromFlags } from './client-order.ts';
import { type Reporter, reporterFor } from './reporter.ts';
import type { GivenFlags } from './spec-from-flags.ts';

export interface RemoteTrain {
  readonly server: string | true;
  readonly baseModel?: string | undefined;
  readonly revision?: string | undefined;
  readonly memory?: number | undefined;
  readonly json?: boolean | undefined;
}

/** What is for the service to say. */
const LOCAL = ['resumeFrom', 'runId', 'runDirectory', 'shareOf', 'correction', 'token', 'offline'];

export async function trainOnServer(given: GivenFlags, options: RemoteTrain): Promise<void> {
  const { server, baseModel, revision, memory, json = false } = options;
  for (const name of LOCAL) {
    if (Reflect.get(options, name) === undefined) continue;
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    fail('FLAG_MISPLACED', { flag, expected: 'without --server', got: 'with it' });
  }
  const order = orderFromFlags(given, { base_model: baseModel, revision, memory });
  const client = clientOf(server);
  const trigger = 'POST /api/v1/admin/training/trigger';
  const run = await client.json(trigger, serviceRunSchema, order);
  const { id, runIdentifier } = run;
  note(`run ${id} on the service; Ctrl-C leaves it to go on there: plimsoll cancel ${id} ends it`);
  const reporter = json ? null : await reporterFor(process.stdout, false);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      reporter?.end();
      process.exit(ERRORS.INTERRUPTED.exit);
    });
  for await (const event of eventsOf(client, id)) {
    if (reporter) report(reporter, event, runIdentifier);
    else process.stdout.write(`${JSON.stringify(event)}\n`);
  }
  reporter?.end();
  await tellEnd(client, id);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A trainer's own events as here; what the service does with the run as a line. */
function report(reporter: Reporter, { type, time, data }: ServiceEvent, run_id: string): void {
  // The service leaves the planner's tables out.
  const tables = { items: [], step: [], alternatives: [] };
  const whole = data['prediction']
    ? { prediction: { ...tables, ...Object(data['prediction']) } }
    : data;
  const own = check(runEventSchema, { type, time, run_id, ...whole }).value;
  if (own) reporter.event(own);
  else reporter.note(`${type}${detailOf(type, data)}`);
}

function detailOf(type: string, data: ServiceEvent['data']): string {
  const text = (name: string) => String(data[name]);
  const size = (name: string) => formatBytes(Number(data[name]));
  if (type === 'predicted')
    return `: peak of ${size('predicted_peak_bytes')}, which gets a limit of ${size('share_bytes')}`;
  if (type === 'attempt-started') return `: ${text('attempt')}`;
  if (type === 'attempt-ended') return `: ${text('cause')}, ${text('grade')}`;
  return type === 'finished' ? `: ${text('status')}` : '';
}

async function tellEnd(client: Client, id: number): Promise<void> {
  const run = await client.json(`GET ${RUNS}/${id}`, serviceRunSchema);
  process.exitCode = exitCodeOf(run);
  if (run.status !== 'failed') return;
  const facts = { code: run.errorCode, run: id };
  const next = `plimsoll explain ${id} --server says more`;
  const error = new PlimsollError('SERVER_REFUSED', `run ${id}: ${run.errorMessage}`, facts, {
    next,
  });
  note(`error: ${error.message}`);
}

/** As `plimsoll train` exits where it runs. Pure. */
export function exitCodeOf(run: Pick<ServiceRun, 'status' | 'errorCode' | 'verdict'>): number {
  if (run.status === 'completed') return 0;
  if (run.status === 'cancelled') return ERRORS.INTERRUPTED.exit;
  const row = Object.entries(ERRORS).find(([code]) => code === run.errorCode)?.[1];
  if (row) return row.exit;
  const { cause = '', exit_code = null } = run.verdict ?? {};
  if (cause.startsWith('oom-') || cause === 'allocation-failed')
    return ERRORS.MEMORY_CANNOT_FIT.exit;
  return exit_code === null || exit_code === 0 ? 1 : exit_code;
}

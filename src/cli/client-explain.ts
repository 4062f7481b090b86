/** @file `plimsoll explain --server`: why a run of a service ended. */
import { fail } from '#base';
import { type Remedy, remedySchema, serviceRunSchema, type ServiceRun } from '#protocol';
import { verdictLines } from '#supervise';
import { type Client, clientOf, RUNS } from './client.ts';
import { runLines } from './client-runs.ts';
import { count } from './flag-values.ts';
import { paintFor } from './paint.ts';

export async function explainOnServer(
  server: string | true,
  run: string | undefined,
  json: boolean,
): Promise<void> {
  const client = clientOf(server);
  const found =
    run === undefined
      ? (await client.json(`GET ${RUNS}?limit=1`, serviceRunSchema.array()))[0]
      : await client.json(`GET ${RUNS}/${count(run, 'run')}`, serviceRunSchema);
  if (!found) return fail('SERVER_REFUSED', { problem: 'no run was asked for yet' });
  const solved = await withSolutions(client, found);
  process.stdout.write(`${json ? JSON.stringify(solved) : lines(solved).join('\n')}\n`);
}

/** What would have helped, as the planner of the service has it. */
async function withSolutions(client: Client, run: ServiceRun): Promise<ServiceRun> {
  const { id, verdict } = run;
  if (!verdict || verdict.remedies.length === 0 || run.finishedAt === null) return run;
  const call = `GET ${RUNS}/${id}/solutions`;
  const remedies: Remedy[] = await client.json(call, remedySchema.array());
  return { ...run, verdict: { ...verdict, remedies } };
}

function lines(run: ServiceRun): string[] {
  const options = { paint: paintFor(process.stdout), columns: process.stdout.columns || 100 };
  const { verdict, errorMessage, errorCode } = run;
  const code = errorCode === null ? '' : ` (${errorCode})`;
  return [
    ...runLines([run]),
    ...(errorMessage === null ? [] : ['', `${errorMessage}${code}`]),
    ...(run.queue === null ? [] : ['', run.queue.reason]),
    ...(verdict === null ? [] : ['', ...verdictLines(verdict, options)]),
  ];
}

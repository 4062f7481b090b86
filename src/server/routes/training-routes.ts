/** @file The original service's admin API, by its names and status codes, with what it could not tell or do. */
import { rmSync } from 'node:fs';
import { z } from 'zod';
import { fail } from '#base';
import {
  orderDefaults,
  orderDefaultsSchema,
  planOrderSchema,
  RUN_STATUSES,
  serviceRunSchema,
  trainingOrderSchema,
} from '#protocol';
import type { RunRow, Store } from '#store';
import { type Route, route } from '../http/route.ts';
import type { RunOrders } from '../orders/run-orders.ts';
import { runViews } from './run-view.ts';
import type { Runner } from '../runs/runner.ts';

export interface TrainingParts {
  readonly store: Store;
  readonly runner: Runner;
  readonly orders: RunOrders;
}

const BASE = '/api/v1/admin/training';
const DAY_MS = 24 * 3600 * 1000;

const id = z.coerce.number().int().min(1);
const params = z.strictObject({ id });
const type = trainingOrderSchema.shape.training_type.unwrap();
const priority = trainingOrderSchema.shape.priority.unwrap();

export function trainingRoutes({ store, runner, orders }: TrainingParts): Route[] {
  const { runs, states } = store;
  const views = (rows: readonly RunRow[]) => runViews(store, rows, runner.places());
  const found = (which: number): RunRow => runs.byId(which) ?? fail('RUN_UNKNOWN', { id: which });
  const view = (which: number) => views([found(which)])[0];
  const remove = (run: RunRow): boolean => {
    if (!states.remove(run.id)) return false;
    rmSync(run.output_dir, { recursive: true, force: true });
    return true;
  };

  /** @param act refuses a run that is in no state for it */
  const asked = (verb: string, summary: string, act: (run: RunRow) => void): Route =>
    route({
      method: 'POST',
      path: `${BASE}/runs/{id}/${verb}`,
      summary,
      scope: 'run',
      params,
      answer: { status: 202, schema: serviceRunSchema },
      errors: ['RUN_UNKNOWN', 'RUN_STATE_WRONG'],
      handle: (call) => {
        const run = found(call.params.id);
        act(run);
        runner.poke();
        return view(run.id);
      },
    });

  return [
    route({
      method: 'POST',
      path: `${BASE}/trigger`,
      summary: 'Ask for a run. It waits until its predicted peak fits beside those that run',
      scope: 'run',
      body: trainingOrderSchema,
      answer: { status: 202, schema: serviceRunSchema },
      errors: ['RUN_OF_TYPE_ACTIVE', 'PATH_OUTSIDE_ROOTS'],
      handle: ({ body, token }) => view(orders.place(body, { name: token?.name ?? '' }).id),
    }),
    route({
      method: 'GET',
      path: `${BASE}/defaults`,
      summary: 'What an order leaves out, as it is taken then',
      scope: 'read',
      answer: { status: 200, schema: orderDefaultsSchema },
      handle: orderDefaults,
    }),
    route({
      method: 'GET',
      path: `${BASE}/runs`,
      summary: 'List runs, the newest first',
      scope: 'read',
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(1000).default(20),
        training_type: type.optional(),
        status: z.enum(RUN_STATUSES).optional(),
        /** only those with a smaller id: the next page */
        before: id.optional(),
        /** a part of the model's name, the type, the identifier, the error or who asked; or an id */
        search: z.string().min(1).max(200).optional(),
      }),
      answer: { status: 200, schema: z.array(serviceRunSchema) },
      handle: ({ query: { training_type, ...filter } }) =>
        views(runs.list({ ...filter, type: training_type })),
    }),
    route({
      method: 'GET',
      path: `${BASE}/runs/{id}`,
      summary: 'Retrieve a run: where it stands, and why it ended',
      scope: 'read',
      params,
      answer: { status: 200, schema: serviceRunSchema },
      errors: ['RUN_UNKNOWN'],
      handle: (call) => view(call.params.id),
    }),
    route({
      method: 'DELETE',
      path: `${BASE}/runs/{id}`,
      summary: 'Delete a run that has ended, with its folder',
      scope: 'run',
      params,
      answer: { status: 204 },
      errors: ['RUN_UNKNOWN', 'RUN_STATE_WRONG'],
      handle: (call) => {
        const run = found(call.params.id);
        if (!remove(run)) wrongState(run, 'ended: cancel it first');
      },
    }),
    route({
      method: 'DELETE',
      path: `${BASE}/runs`,
      summary: 'Delete old runs that have ended, with their folders',
      scope: 'run',
      query: z.strictObject({
        training_type: type.optional(),
        older_than_days: z.coerce.number().min(0).default(30),
        keep_recent: z.coerce.number().int().min(0).max(10_000).default(10),
      }),
      answer: {
        status: 200,
        schema: z.strictObject({ deleted_count: z.int(), message: z.string() }),
      },
      handle: ({ query: { training_type, older_than_days: days, keep_recent: keep } }) => {
        const before = new Date(Date.now() - days * DAY_MS).toISOString();
        const deleted = runs.old({ type: training_type, before, keep }).filter(remove);
        return {
          deleted_count: deleted.length,
          message: `Deleted ${deleted.length} runs that ended more than ${days} days ago; the newest ${keep} are kept`,
        };
      },
    }),
    asked(
      'cancel',
      'End a run: one that waits at once, one that runs after a checkpoint',
      (run) => {
        if (states.askCancel(run.id) === null) wrongState(run, 'queued or running');
      },
    ),
    asked('pause', 'Let a run end after a checkpoint, give its memory back, and wait', (run) => {
      // A command that is not ours would begin once more from its start.
      if (run.command_order !== null) wrongState(run, 'one that trains');
      if (states.askPause(run.id) === null) wrongState(run, 'queued or running');
    }),
    asked(
      'resume',
      'Let a run that is paused go on from its checkpoint, when its turn comes',
      (run) => {
        if (!states.resume(run.id)) wrongState(run, 'paused');
      },
    ),
    route({
      method: 'POST',
      path: `${BASE}/runs/{id}/priority`,
      summary: 'Give a run another priority: of those that wait, the highest begins first',
      scope: 'run',
      params,
      body: z.strictObject({ priority }),
      answer: { status: 200, schema: serviceRunSchema },
      errors: ['RUN_UNKNOWN', 'RUN_STATE_WRONG'],
      handle: (call) => {
        const run = found(call.params.id);
        if (!states.prioritize(run.id, call.body.priority)) wrongState(run, 'queued or running');
        runner.poke();
        return view(run.id);
      },
    }),
    route({
      method: 'POST',
      path: `${BASE}/runs/{id}/retry`,
      summary:
        'Ask for a run that has ended once more, from its start. What is sent is another this time: its plan, its limit',
      scope: 'run',
      params,
      body: planOrderSchema,
      answer: { status: 202, schema: serviceRunSchema },
      errors: [
        'RUN_UNKNOWN',
        'RUN_STATE_WRONG',
        'RUN_OF_TYPE_ACTIVE',
        'PATH_OUTSIDE_ROOTS',
        'COMMAND_UNKNOWN',
      ],
      handle: (call) => {
        const run = found(call.params.id);
        if (run.finished_at === null) wrongState(run, 'ended');
        const name = call.token?.name ?? '';
        return view(orders.repeat(run, { name, retryOf: run.id }, call.body).id);
      },
    }),
  ];
}

function wrongState({ id: which, status }: RunRow, expected: string): never {
  return fail('RUN_STATE_WRONG', { id: which, expected, status });
}

/** @file Fine-tuning jobs as OpenAI's API has them: runs, asked for with files that were sent. */
import { join } from 'node:path';
import { z } from 'zod';
import { fail } from '#base';
import {
  newJobSchema,
  openAiCheckpointSchema,
  type OpenAiJob,
  openAiJobEventSchema,
  openAiJobSchema,
  openAiPageSchema,
} from '#protocol';
import type { AttemptRow, FileRow, JobRow, RunRow, Store } from '#store';
import { verdictOf } from '../runs/follow-up.ts';
import { checkpointOf, jobEventOf, seqIn } from './job-events.ts';
import { hyperparametersOf, jobOrder } from './job-order.ts';
import type { JobResults } from './job-results.ts';
import { identifierIn, jobIdOf, jobView } from './job-view.ts';
import { pageOf } from './openai-words.ts';
import { isHubName } from '../orders/order-words.ts';
import { orderOf } from '../orders/order.ts';
import { type Route, route } from '../http/route.ts';
import type { RunOrders } from '../orders/run-orders.ts';
import type { Runner } from '../runs/runner.ts';
import { type ServedModels, tunedModelId } from './served-models.ts';
import type { Uploads } from './uploads.ts';

export interface JobParts {
  readonly store: Store;
  readonly runner: Pick<Runner, 'poke'>;
  readonly orders: RunOrders;
  readonly models: ServedModels;
  readonly uploads: Uploads;
  readonly results: JobResults;
  readonly embeddedModel: string;
}

const BASE = '/v1/fine_tuning/jobs';
const ONE = `${BASE}/{fine_tuning_job_id}`;
const id = z.string().min(1).max(200);
const params = z.strictObject({ fine_tuning_job_id: id });
const limit = z.coerce.number().int().min(1).max(100);
const cursor = z.strictObject({ after: id.optional(), limit: limit.default(20) });
/** Told before a checkpoint: its step, its evaluation, and what lies between. */
const EVENTS_BEFORE = 8;

interface Job {
  readonly run: RunRow;
  readonly job: JobRow;
}

export function jobRoutes(parts: JobParts): Route[] {
  const { store, runner, orders, models, uploads, results, embeddedModel } = parts;
  const { runs, jobs, files, states, events } = store;

  const found = (jobId: string, field = 'fine_tuning_job_id'): Job => {
    const run = runs.byIdentifier(identifierIn(jobId));
    const job = run && jobs.ofRun(run.id);
    return run && job ? { run, job } : fail('JOB_UNKNOWN', { field, id: jobId });
  };
  const views = (rows: readonly Job[]): OpenAiJob[] => {
    const ofRun = new Map<number, AttemptRow[]>(rows.map(({ run }) => [run.id, []]));
    for (const each of runs.attempts([...ofRun.keys()])) ofRun.get(each.run_id)?.push(each);
    const now = Date.now();
    return rows.map(({ run, job }) =>
      jobView({ run, job, attempts: ofRun.get(run.id) ?? [], embeddedModel, now }),
    );
  };
  const view = async (jobId: string) => {
    await results.make();
    return views([found(jobId)])[0];
  };
  const fileOf = (field: string, which: string): FileRow => {
    const file = files.byId(which) ?? fail('FILE_UNKNOWN', { field, id: which });
    const problem = `expected a file that was sent for fine-tuning, got '${which}'`;
    return file.purpose === 'fine-tune' ? file : fail('REQUEST_INVALID', { field, problem });
  };
  const pathOf = (file: FileRow) => join(uploads.folder, uploads.nameOf(file));
  const refuseUnknown = (model: string): void => {
    const known = models.named(model);
    if (known?.run)
      fail('REQUEST_INVALID', { field: 'model', problem: `expected a base, got '${model}'` });
    if (!known && !isHubName(model)) fail('MODEL_ID_UNKNOWN', { field: 'model', id: model });
  };
  /** @param act null where the run is in no state for it */
  const changed = async (jobId: string, expected: string, act: (run: number) => unknown) => {
    const { run } = found(jobId);
    if (act(run.id) === null) fail('RUN_STATE_WRONG', { id: run.id, expected, status: run.status });
    runner.poke();
    return await view(jobId);
  };

  const asked = (verb: string, summary: string, expected: string, act: (run: number) => unknown) =>
    route({
      method: 'POST',
      path: `${ONE}/${verb}`,
      summary,
      scope: 'run',
      params,
      answer: { status: 200, schema: openAiJobSchema },
      errors: ['JOB_UNKNOWN', 'RUN_STATE_WRONG'],
      handle: (call) => changed(call.params.fine_tuning_job_id, expected, act),
    });

  return [
    route({
      method: 'POST',
      path: BASE,
      summary: 'Ask for a fine-tuning job: a run like any other, with files that were sent',
      scope: 'run',
      body: newJobSchema,
      answer: { status: 200, schema: openAiJobSchema },
      errors: ['FILE_UNKNOWN', 'MODEL_ID_UNKNOWN', 'RUN_OF_TYPE_ACTIVE', 'PATH_OUTSIDE_ROOTS'],
      handle: async ({ body, token }) => {
        refuseUnknown(body.model);
        const [training, validation] = [
          fileOf('training_file', body.training_file),
          body.validation_file == null ? null : fileOf('validation_file', body.validation_file),
        ];
        const order = jobOrder(body, {
          training: pathOf(training),
          validation: validation && pathOf(validation),
        });
        const run = store.transaction(() => {
          const placed = orders.place(order, { name: token?.name ?? '' });
          jobs.add({
            run_id: placed.id,
            training_file: training.id,
            validation_file: validation?.id ?? null,
            suffix: body.suffix ?? null,
            hyperparameters: JSON.stringify(hyperparametersOf(body)),
            metadata: body.metadata == null ? null : JSON.stringify(body.metadata),
          });
          return placed;
        });
        return await view(jobIdOf(run));
      },
    }),
    route({
      method: 'GET',
      path: BASE,
      summary:
        'List jobs, the newest first; metadata[name]=value for those that have it, metadata=null for those without',
      scope: 'read',
      query: cursor.catchall(z.string().max(1000)),
      answer: { status: 200, schema: openAiPageSchema(openAiJobSchema) },
      errors: ['JOB_UNKNOWN'],
      handle: async ({ query: { after, limit: most, ...rest } }) => {
        const metadata = metadataIn(rest);
        await results.make();
        const before = after === undefined ? undefined : found(after, 'after').run.id;
        const rows = jobs.list({ limit: most + 1, before, metadata });
        const page = rows.flatMap((job) => {
          const run = runs.byId(job.run_id);
          return run ? [{ run, job }] : [];
        });
        return pageOf(views(page), most);
      },
    }),
    route({
      method: 'GET',
      path: ONE,
      summary: 'Retrieve a job: where it stands, what it made, or why it failed',
      scope: 'read',
      params,
      answer: { status: 200, schema: openAiJobSchema },
      errors: ['JOB_UNKNOWN'],
      handle: (call) => view(call.params.fine_tuning_job_id),
    }),
    asked(
      'cancel',
      'End a job: one that waits at once, one that runs after a checkpoint',
      'queued or running',
      (run) => states.askCancel(run),
    ),
    asked(
      'pause',
      'Let a job end after a checkpoint, give its memory back, and wait',
      'queued or running',
      (run) => states.askPause(run),
    ),
    asked(
      'resume',
      'Let a job that is paused go on from its checkpoint, when its turn comes',
      'paused',
      (run) => (states.resume(run) ? run : null),
    ),
    route({
      method: 'GET',
      path: `${ONE}/events`,
      summary: 'What happened to a job, the newest first; memory, plans and verdicts are in data',
      scope: 'read',
      params,
      query: cursor,
      answer: { status: 200, schema: openAiPageSchema(openAiJobEventSchema) },
      errors: ['JOB_UNKNOWN'],
      handle: (call) => {
        const { after, limit: most } = call.query;
        const { run } = found(call.params.fine_tuning_job_id);
        const attempts = runs.attempts([run.id]);
        const verdictOn = (number: number) => {
          const attempt = attempts.find((each) => each.number === number);
          return attempt?.state === 'ended' ? verdictOf(attempt) : null;
        };
        const page = events.before(seqAfter(after), most + 1, run.id);
        return pageOf(
          page.map((event) => jobEventOf(event, verdictOn)),
          most,
        );
      },
    }),
    route({
      method: 'GET',
      path: `${ONE}/checkpoints`,
      summary: 'Checkpoints of a job, the newest first. The newest one alone is kept',
      scope: 'read',
      params,
      query: cursor,
      answer: { status: 200, schema: openAiPageSchema(openAiCheckpointSchema) },
      errors: ['JOB_UNKNOWN'],
      handle: (call) => {
        const { after, limit: most } = call.query;
        const { run, job } = found(call.params.fine_tuning_job_id);
        const base = orderOf(run).base_model ?? embeddedModel;
        const model = tunedModelId(base, job.suffix, run.identifier);
        const page = events.before(seqAfter(after), most + 1, run.id, 'checkpoint');
        return pageOf(
          page.map((event) => {
            const before = events.before(event.seq, EVENTS_BEFORE, run.id);
            return checkpointOf(event, before, { job: jobIdOf(run), model });
          }),
          most,
        );
      },
    }),
  ];
}

/** The number of an event after which a page begins; those before it are told. */
function seqAfter(after: string | undefined): number {
  if (after === undefined) return Number.MAX_SAFE_INTEGER;
  const problem = `expected the id of one in the list, got '${after}'`;
  return seqIn(after) ?? fail('REQUEST_INVALID', { field: 'after', problem });
}

/** `metadata[name]=value`, several for those that have them all, or `metadata=null`. */
function metadataIn(
  rest: Readonly<Record<string, unknown>>,
): Record<string, string> | null | undefined {
  const entries = Object.entries(rest);
  if (entries.length === 0) return undefined;
  if (entries.length === 1 && rest['metadata'] === 'null') return null;
  return Object.fromEntries(
    entries.map(([field, value]) => {
      const name = /^metadata\[(.{1,64})\]$/s.exec(field)?.[1];
      const problem = 'expected after, limit or metadata[name]';
      if (name === undefined) return fail('REQUEST_INVALID', { field, problem });
      return [name, String(value)];
    }),
  );
}

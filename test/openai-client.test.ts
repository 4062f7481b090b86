/** @file OpenAI's own client against a real service: files, jobs, models, and each kind of error by its class. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  APIError,
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  OpenAI,
  PermissionDeniedError,
  toFile,
} from 'openai';
import type { FineTuningJob, JobCreateParams } from 'openai/resources/fine-tuning/jobs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { call, firstTokenOf, startService, type TestService } from './service.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-openai-'));
const data = join(folder, 'data');
let service: TestService;
let token: string;
let client: OpenAI;
beforeAll(async () => {
  const words = ['--memory', '700M', '--upload-limit', '1M'];
  service = await startService(data, ...words);
  token = firstTokenOf(service);
  client = clientWith(token);
});
afterAll(async () => {
  await service.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

function clientWith(apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${service.url}/v1`, maxRetries: 0 });
}

const chat = (n: number) => ({
  messages: [
    { role: 'system', content: 'Answer with the sum.' },
    { role: 'user', content: `${n % 7} and ${n % 5}` },
    { role: 'assistant', content: `sum ${(n % 7) + (n % 5)}` },
  ],
});

function linesOf(count: number): string {
  return Array.from({ length: count }, (_, n) => `${JSON.stringify(chat(n))}\n`).join('');
}

async function upload(text: string, name = 'examples.jsonl') {
  const file = await toFile(Buffer.from(text), name);
  return await client.files.create({ file, purpose: 'fine-tune' });
}

/** What a call that is refused throws, in the classes of the client. */
async function refusalOf(act: PromiseLike<unknown>): Promise<APIError> {
  try {
    await act;
  } catch (error) {
    if (error instanceof APIError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20);
}

const uploads = () => readdirSync(join(data, 'uploads'));

describe('files', () => {
  test('one is sent, retrieved, read, listed and deleted', async () => {
    const text = linesOf(8);
    const sent = await upload(text, 'größe.jsonl');
    expect(sent).toEqual({
      id: expect.stringMatching(/^file-[0-9a-f]{32}$/),
      object: 'file',
      bytes: Buffer.byteLength(text),
      created_at: expect.closeTo(Date.now() / 1000, -2),
      filename: 'größe.jsonl',
      purpose: 'fine-tune',
      status: 'processed',
    });
    expect(await client.files.retrieve(sent.id)).toEqual(sent);
    const content = await client.files.content(sent.id);
    expect(await content.text()).toBe(text);
    expect((await client.files.list()).data).toContainEqual(sent);
    expect(await client.files.waitForProcessing(sent.id)).toEqual(sent);
    expect(await client.files.delete(sent.id)).toEqual({
      id: sent.id,
      object: 'file',
      deleted: true,
    });
    const gone = await refusalOf(client.files.retrieve(sent.id));
    expect(gone).toBeInstanceOf(NotFoundError);
    expect(gone).toMatchObject({ code: 'FILE_UNKNOWN', param: 'file_id', status: 404 });
    expect(uploads()).toEqual([]);
  });

  test('pages follow each other, in either order', async () => {
    const sent = [];
    for (let i = 0; i < 5; i++) sent.push((await upload(linesOf(1), `${i}.jsonl`)).id);
    const page = await client.files.list({ limit: 2 });
    expect(page.data.map(({ id }) => id)).toEqual([sent[4], sent[3]]);
    expect(page.hasNextPage()).toBe(true);
    const seen: string[] = [];
    for await (const { id } of client.files.list({ limit: 2, order: 'asc' })) seen.push(id);
    expect(seen).toEqual(sent);
    expect((await client.files.list({ purpose: 'assistants' })).data).toEqual([]);
    expect((await client.files.list({ purpose: 'fine-tune' })).data).toHaveLength(5);
    for (const id of sent) await client.files.delete(id);
    const refused = await refusalOf(client.files.list({ after: 'file-none' }));
    expect(refused).toMatchObject({ status: 404, param: 'after' });
  });

  test.each([
    ['a line that is no JSON', `${linesOf(2)}{"messages"\n`, 'DATA_LINE_MALFORMED', /line 3/],
    ['a line that is no example', '{"a": 1}\n', 'DATA_LINE_MALFORMED', /bad\.jsonl, line 1/],
    ['nothing', '', 'DATA_EMPTY', /bad\.jsonl/],
    [
      'no text',
      Buffer.from([0x7b, 0xff, 0xfe]).toString('latin1'),
      'DATA_LINE_MALFORMED',
      /line 1/,
    ],
    ['a database', 'SQLite format 3\0'.padEnd(200, '\0'), 'DATA_KIND_WRONG', /got sqlite/],
    ['more than is allowed', 'x'.repeat(2 ** 20 + 1), 'UPLOAD_TOO_LARGE', /1 MiB/],
  ])('%s is refused, and nothing is left', async (_, text, code, message) => {
    const refused = await refusalOf(upload(text, 'bad.jsonl'));
    const status = code === 'UPLOAD_TOO_LARGE' ? 413 : 400;
    expect(refused).toMatchObject({ status, code, message: expect.stringMatching(message) });
    expect(refused instanceof BadRequestError).toBe(status === 400);
    expect(refused.message).not.toContain(folder);
    expect(uploads()).toEqual([]);
  });
});

test('an upload that is broken off leaves nothing, and harms nobody', async () => {
  const { port } = new URL(service.url);
  const head = [
    'POST /v1/files HTTP/1.1',
    'Host: service',
    `Authorization: Bearer ${token}`,
    'Content-Type: multipart/form-data; boundary=x',
    'Content-Length: 900000',
    '',
    '--x',
    'Content-Disposition: form-data; name="file"; filename="a.jsonl"',
    '',
    linesOf(100),
  ];
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(head.join('\r\n'));
  await until(() => uploads().length === 1);
  socket.destroy();
  await until(() => uploads().length === 0);
  expect(service.log()).not.toContain('a call failed');
});

const jobs = () => client.fineTuning.jobs;

async function create(changes: Partial<JobCreateParams> = {}): Promise<FineTuningJob> {
  const { id } = await upload(linesOf(8));
  return await jobs().create({ model: 'plimsoll-mini', training_file: id, ...changes });
}

/** Steps until somebody ends it. */
const ENDLESS = { hyperparameters: { n_epochs: 100_000 } };

async function jobWhen(id: string, isSo: (job: FineTuningJob) => boolean): Promise<FineTuningJob> {
  for (;;) {
    const job = await jobs().retrieve(id);
    if (isSo(job)) return job;
    if (job.finished_at !== null) throw new Error(`${id}: ${job.status}: ${job.error?.message}`);
    await sleep(200);
  }
}

/** The client's types do not know of it. */
const statusOf = ({ status }: FineTuningJob): string => status;

describe('jobs', () => {
  test('one succeeds, and what it made can be had and deleted', async () => {
    const validation = await upload(linesOf(2), 'validation.jsonl');
    const asked = { n_epochs: 2, batch_size: 4, learning_rate_multiplier: 20 } as const;
    const method = { type: 'supervised', supervised: { hyperparameters: asked } } as const;
    const metadata = { team: 'lights' };
    const made = await create({
      validation_file: validation.id,
      suffix: 'sums',
      seed: 7,
      metadata,
      method,
    });
    expect(made).toMatchObject({
      id: expect.stringMatching(/^ftjob-\d{8}-\d{6}-[0-9a-f]{6}$/),
      object: 'fine_tuning.job',
      status: 'validating_files',
      model: 'plimsoll-mini',
      fine_tuned_model: null,
      finished_at: null,
      error: null,
      result_files: [],
      trained_tokens: null,
      validation_file: validation.id,
      seed: 7,
      hyperparameters: asked,
      method,
      metadata,
    });
    const used = await refusalOf(client.files.delete(made.training_file));
    expect(used).toMatchObject({ status: 400, code: 'FILE_IN_USE' });

    const job = await jobWhen(made.id, ({ status }) => status === 'succeeded');
    const name = `ft:plimsoll-mini:plimsoll:sums:${made.id.slice('ftjob-'.length)}`;
    expect(job).toMatchObject({ fine_tuned_model: name, error: null });
    expect(job.trained_tokens).toBeGreaterThan(0);
    expect(job.finished_at).toBeGreaterThanOrEqual(job.created_at);

    const [results = ''] = job.result_files;
    const csv = await (await client.files.content(results)).text();
    const [head = '', ...rows] = csv.trimEnd().split('\n');
    expect(head).toMatch(/^step,train_loss,valid_loss,/);
    expect(rows.map((row) => Number(row.split(',')[0]))).toEqual([1, 2, 3, 4]);
    expect(rows.map((row) => row.split(',')[2] !== '')).toEqual([false, true, false, true]);
    const file = await client.files.retrieve(results);
    expect(file).toMatchObject({ bytes: csv.length, purpose: 'fine-tune-results' });

    const events = [];
    for await (const event of jobs().listEvents(made.id, { limit: 3 })) events.push(event);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events.at(0)).toMatchObject({ message: 'The job has succeeded', type: 'message' });
    expect(events.at(-1)).toMatchObject({ object: 'fine_tuning.job.event', level: 'info' });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'metrics',
        data: expect.objectContaining({
          step: 4,
          total_steps: 4,
          train_loss: expect.any(Number),
          memory: expect.objectContaining({ anon: expect.any(Number) }),
        }),
      }),
    );
    const verdict = expect.objectContaining({ cause: 'completed', peak_bytes: expect.any(Number) });
    expect(events).toContainEqual(
      expect.objectContaining({ data: expect.objectContaining({ verdict }) }),
    );
    const predicted = events.find(({ message }) => message.startsWith('Predicted'));
    expect(predicted?.data).toMatchObject({ predicted_peak_bytes: expect.any(Number), plan: {} });

    const checkpoints = [];
    for await (const each of jobs().checkpoints.list(made.id, { limit: 1 })) checkpoints.push(each);
    expect(checkpoints.map(({ step_number }) => step_number)).toEqual([4, 2]);
    expect(checkpoints[0]).toMatchObject({
      object: 'fine_tuning.job.checkpoint',
      fine_tuning_job_id: made.id,
      fine_tuned_model_checkpoint: `${name}:ckpt-step-4`,
      metrics: { step: 4, train_loss: expect.any(Number), full_valid_loss: expect.any(Number) },
    });

    const model = { id: name, object: 'model', created: job.finished_at, owned_by: 'first' };
    expect((await client.models.list()).data).toContainEqual(model);
    expect(await client.models.retrieve(name)).toEqual(model);
    const tuned = await refusalOf(create({ model: name }));
    expect(tuned).toMatchObject({ status: 400, param: 'model' });
    expect(await client.models.delete(name)).toEqual({ id: name, object: 'model', deleted: true });
    expect(await refusalOf(client.models.retrieve(name))).toBeInstanceOf(NotFoundError);
    for (const each of [results, made.training_file]) await client.files.delete(each);
    expect((await jobs().retrieve(made.id)).result_files).toEqual([]);
    expect(await refusalOf(client.files.retrieve(results))).toBeInstanceOf(NotFoundError);
  });

  test('one that runs is paused, lets others run, and goes on from its checkpoint', async () => {
    const { id } = await create(ENDLESS);
    const running = await jobWhen(id, ({ estimated_finish: at }) => at != null);
    expect(running.status).toBe('running');
    await jobs().pause(id);
    const paused = await jobWhen(id, (job) => statusOf(job) === 'paused');
    expect(paused).toMatchObject({ finished_at: null, error: null });
    const memory = await call(service, 'GET /api/v1/memory', { token });
    expect(memory.body.runs).toEqual([]);
    const [newest] = (await jobs().checkpoints.list(id)).data;
    const at = newest?.step_number ?? 0;
    expect(at).toBeGreaterThan(0);

    // It goes on waiting when the service is killed.
    await service.end('SIGKILL');
    service = await startService(data, '--memory', '700M', '--upload-limit', '1M');
    client = clientWith(token);
    expect(statusOf(await jobs().retrieve(id))).toBe('paused');
    await jobs().resume(id);
    const steps = async () => {
      const { data: page } = await jobs().listEvents(id, { limit: 100 });
      return page.flatMap(({ type, data: told }) =>
        type === 'metrics' ? Number(Reflect.get(Object(told), 'step')) : [],
      );
    };
    await jobWhen(id, ({ status }) => status === 'running');
    while (Math.max(...(await steps())) <= at + 1) await sleep(200);
    const { body } = await call(service, 'GET /api/v1/admin/training/runs?limit=1', { token });
    expect(body[0].attempts).toMatchObject([{ cause: 'cancelled' }, { cause: null }]);
    const starts = await call(service, `GET /api/v1/events?run=${body[0].id}&limit=1000`, {
      token,
    });
    const started = starts.body.filter(({ type }: { type: string }) => type === 'run-started');
    expect(started.at(-1).data.resumedFrom.step).toBe(at);
    await jobs().cancel(id);
    const cancelled = await jobWhen(id, ({ status }) => status === 'cancelled');
    expect(cancelled).toMatchObject({ error: null, fine_tuned_model: null, result_files: [] });
    const late = await refusalOf(jobs().pause(id));
    expect(late).toBeInstanceOf(BadRequestError);
    expect(late.code).toBe('RUN_STATE_WRONG');
    expect(await refusalOf(jobs().resume(id))).toBeInstanceOf(BadRequestError);
    expect(await refusalOf(jobs().cancel(id))).toBeInstanceOf(BadRequestError);
  });

  test('one that waits is paused, resumed and cancelled; lists are by metadata, in pages', async () => {
    const ids = [];
    for (const team of ['a', 'b', 'a']) {
      const { id } = await create({ ...ENDLESS, metadata: { team, kind: 'test' } });
      expect(statusOf(await jobs().pause(id))).toBe('paused');
      ids.push(id);
    }
    const found = async (metadata: Record<string, string>) => {
      const seen = [];
      for await (const { id } of jobs().list({ limit: 1, metadata })) seen.push(id);
      return seen;
    };
    expect(await found({ team: 'a' })).toEqual([ids[2], ids[0]]);
    expect(await found({ team: 'b', kind: 'test' })).toEqual([ids[1]]);
    expect(await found({ team: 'b', kind: 'other' })).toEqual([]);
    const without = await call(service, 'GET /v1/fine_tuning/jobs?metadata=null', { token });
    expect(without.body.data.map(({ id }: FineTuningJob) => id)).not.toContain(ids[0]);
    expect(without.body.data.length).toBeGreaterThan(0);
    expect(['validating_files', 'queued', 'running']).toContain(
      (await jobs().resume(ids[0]!)).status,
    );
    for (const id of ids) await jobs().cancel(id);
    for (const id of ids) await jobWhen(id, ({ status }) => status === 'cancelled');
  });

  test('one that cannot fit fails before it begins, with its numbers', async () => {
    const small = join(folder, 'small');
    const other = await startService(small, '--memory', '152M', '--reserve', '100M');
    onTestFinished(async () => {
      await other.end('SIGTERM');
    });
    const theirs = new OpenAI({ apiKey: firstTokenOf(other), baseURL: `${other.url}/v1` });
    const file = await toFile(Buffer.from(linesOf(4)), 'a.jsonl');
    const { id: training_file } = await theirs.files.create({ file, purpose: 'fine-tune' });
    const model = 'plimsoll-mini';
    const { id } = await theirs.fineTuning.jobs.create({ model, training_file });
    let job = await theirs.fineTuning.jobs.retrieve(id);
    while (job.finished_at === null) {
      await sleep(200);
      job = await theirs.fineTuning.jobs.retrieve(id);
    }
    expect(job.status).toBe('failed');
    expect(job.error).toEqual({
      code: 'RUN_CANNOT_FIT',
      message: expect.stringMatching(/\d+(\.\d+)? MiB.*\d+(\.\d+)? MiB/),
      param: null,
    });
    const [event] = (await theirs.fineTuning.jobs.listEvents(id)).data;
    expect(event).toMatchObject({ level: 'error', message: job.error?.message });
  });

  test.each<readonly [string, Partial<JobCreateParams>, number, string | null, string]>([
    ['an unknown model', { model: 'gpt-4o-mini' }, 404, 'model', 'MODEL_ID_UNKNOWN'],
    ['a model outside', { model: '/etc' }, 404, 'model', 'MODEL_ID_UNKNOWN'],
    ['an unknown file', { training_file: 'file-1' }, 404, 'training_file', 'FILE_UNKNOWN'],
    ['another', { validation_file: 'file-1' }, 404, 'validation_file', 'FILE_UNKNOWN'],
    [
      'an integration',
      { integrations: [{ type: 'wandb', wandb: { project: 'p' } }] },
      400,
      'integrations',
      'REQUEST_INVALID',
    ],
    ['another method', { method: { type: 'dpo' } }, 400, 'method.type', 'REQUEST_INVALID'],
    [
      'no epochs',
      { hyperparameters: { n_epochs: 0 } },
      400,
      'hyperparameters.n_epochs',
      'REQUEST_INVALID',
    ],
  ])('%s is refused by its name', async (_, changes, status, param, code) => {
    const refused = await refusalOf(create(changes));
    expect(refused).toMatchObject({ status, param, code });
    expect(refused instanceof BadRequestError).toBe(status === 400);
  });

  test('a job that there is not', async () => {
    const all: readonly (() => PromiseLike<unknown>)[] = [
      () => jobs().retrieve('ftjob-none'),
      () => jobs().cancel('x'),
      () => jobs().pause('ftjob-'),
      () => jobs().list({ after: 'x' }),
      () => jobs().listEvents('y'),
      () => jobs().checkpoints.list('z'),
    ];
    for (const each of all) expect((await refusalOf(each())).code).toBe('JOB_UNKNOWN');
  });
});

test('models: the embedded base is there, others are not', async () => {
  const models = [];
  for await (const model of client.models.list()) models.push(model);
  expect(models.filter(({ id }) => !id.startsWith('ft:'))).toEqual([
    { id: 'plimsoll-mini', object: 'model', created: 0, owned_by: 'plimsoll' },
  ]);
  expect(await client.models.retrieve('plimsoll-mini')).toEqual(models[0]);
  const unknown = await refusalOf(client.models.retrieve('gpt-4o-mini'));
  expect(unknown).toBeInstanceOf(NotFoundError);
  expect(unknown).toMatchObject({ code: 'MODEL_ID_UNKNOWN', param: 'model' });
  const base = await refusalOf(client.models.delete('plimsoll-mini'));
  expect(base).toBeInstanceOf(BadRequestError);
});

describe('errors', () => {
  test('without a valid token', async () => {
    const refused = await refusalOf(clientWith('plimsoll_wrong').models.list());
    expect(refused).toBeInstanceOf(AuthenticationError);
    expect(refused).toMatchObject({ code: 'TOKEN_UNKNOWN', type: 'authentication_error' });
  });

  test('with a token that may not', async () => {
    const body = { name: 'eyes', scope: 'read' };
    const made = await call(service, 'POST /api/v1/tokens', { token, body });
    const reader = clientWith(made.body.token);
    expect((await reader.files.list({ purpose: 'vision' })).data).toEqual([]);
    const refused = await refusalOf(reader.files.delete('file-1'));
    expect(refused).toBeInstanceOf(PermissionDeniedError);
    expect(refused).toMatchObject({ code: 'SCOPE_MISSING', type: 'permission_error' });
  });

  test('a call that there is not', async () => {
    const refused = await refusalOf(client.batches.list());
    expect(refused).toBeInstanceOf(NotFoundError);
    expect(refused).toMatchObject({ code: 'ROUTE_UNKNOWN' });
  });
});

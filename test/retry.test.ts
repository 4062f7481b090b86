/** @file A run that has ended, asked for once more with another plan, limit or parameters: by HTTP and by the command line. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serviceRunSchema } from '#protocol';
import { readRecord } from '#runs';
import {
  call,
  firstTokenOf,
  runWhen,
  startService,
  type TestService,
  triggerRun,
} from './service.ts';
import { writeExamples, writeSmallModel } from './small-model.ts';

const COMMAND = 'bin/plimsoll';
const RUNS = '/api/v1/admin/training/runs';
const MIB = 2 ** 20;
const ORDER = {
  base_model: 'model',
  data: 'data.jsonl',
  max_steps: 1,
  training_type: 'mine',
  micro_batch: 8,
};
const PLAN = {
  micro_batch: 1,
  recompute: 'all',
  attention: 'recomputed',
  loss_chunk: 16,
  heads_at_once: 1,
  rows_at_once: 32,
  spill: true,
};

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-retry-'));
let service: TestService;
let token: string;
let first: number;
const ended = async (id: number) =>
  await runWhen(service, token, id, ({ finishedAt }) => finishedAt !== null);
const retried = async (id: number, body?: object) =>
  await call(service, `POST ${RUNS}/${id}/retry`, { token, ...(body && { body }) });

beforeAll(async () => {
  mkdirSync(join(folder, 'files'));
  writeSmallModel(join(folder, 'files/model'));
  writeExamples(join(folder, 'files/data.jsonl'), 8);
  service = await startService(folder, '--memory', '700M');
  token = firstTokenOf(service);
  first = await triggerRun(service, token, ORDER);
  await ended(first);
});
afterAll(async () => {
  await service.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

test('as it was asked for, where nothing is sent', async () => {
  const { status, body } = await retried(first);
  expect(status).toBe(202);
  expect(body).toMatchObject({ retryOf: first, trainingType: 'mine' });
  expect(body.order).toEqual((await ended(first)).order);
  await ended(body.id);
});

test('under a plan and a limit of its own: it is computed so, and not otherwise', async () => {
  const { body } = await retried(first, { ...PLAN, memory: '200M' });
  expect(body.order).toEqual({ ...ORDER, ...PLAN, memory: 200 * MIB, priority: 0 });
  const run = await ended(body.id);
  expect(run).toMatchObject({ status: 'completed', retryOf: first, limit: 200 * MIB });
  expect(readRecord(run.outputDir)?.plan).toMatchObject({
    microBatch: 1,
    recompute: 'all',
    attention: 'recomputed',
    lossChunk: 16,
    headsAtOnce: 1,
    rowsAtOnce: 32,
    spill: true,
  });
});

test.each([
  [{ loss_chunk: 0 }, 'loss_chunk'],
  [{ recompute: 'some' }, 'recompute'],
  [{ heads_at_once: 'none' }, 'heads_at_once'],
  [{ precision: 'int2' }, 'precision'],
  [{ memory: 'much' }, 'memory'],
  [{ arena: true }, 'arena'],
  [{ training_type: 'other' }, 'training_type'],
])('%j is refused by its name', async (changes, field) => {
  const { status, body } = await retried(first, changes);
  expect(status).toBe(422);
  expect(body.error).toMatchObject({ field, message: expect.stringContaining(field) });
});

test('a plan that is over its limit is refused with numbers, as a first run is', async () => {
  const { status, body } = await retried(first, { micro_batch: 8, memory: '56M' });
  expect(status).toBe(202);
  const run = await ended(body.id);
  expect(run).toMatchObject({ status: 'failed', attempts: [] });
  expect(run.errorMessage).toMatch(/56 MiB/);
});

test('solutions are none of a run that did not want for memory', async () => {
  const { status, body } = await call(service, `GET ${RUNS}/${first}/solutions`, { token });
  expect([status, body]).toEqual([200, []]);
  const unknown = await call(service, `GET ${RUNS}/999/solutions`, { token });
  expect([unknown.status, unknown.body.error.code]).toEqual([404, 'RUN_UNKNOWN']);
});

test('plimsoll retry asks for the same', async () => {
  const env = { ...process.env, PLIMSOLL_SERVER: service.url, PLIMSOLL_TOKEN: token };
  const words = ['--loss-chunk', '16', '--heads-at-once', 'all', '--no-spill', '--memory', '200M'];
  const said = execFileSync(COMMAND, ['retry', String(first), ...words, '--json'], { env });
  const run = serviceRunSchema.parse(JSON.parse(said.toString()));
  expect(run.order).toMatchObject({
    loss_chunk: 16,
    heads_at_once: 'all',
    spill: false,
    memory: 200 * MIB,
  });
  expect(await ended(run.id)).toMatchObject({ status: 'completed', retryOf: first });
  const plain = execFileSync(COMMAND, ['retry', String(first)], { env });
  expect(plain.toString()).toBe(`run ${run.id + 1} repeats run ${first}\n`);
  await ended(run.id + 1);
  const wrong = spawnSync(COMMAND, ['retry', String(first), '--memory', 'much'], { env });
  expect(wrong.stderr.toString()).toMatch(/memory: expected .*got 'much'/);
  expect(wrong.status).toBe(1);
});

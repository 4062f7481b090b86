/** @file Runs that end for another's sake, or not as they were asked to: with the service, its container or the machine; killed; for want of memory. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryCgroup, readText } from '#kernel';
import { type RunEvent, type ServiceRun, serviceRunSchema } from '#protocol';
import { cgroupsUnavailable } from './cgroup.ts';
import { openStore } from '#store';
import {
  call,
  firstTokenOf,
  runWhen,
  startContained,
  startService,
  type TestService,
} from './service.ts';
import { writeExamples, writeSmallModel } from './small-model.ts';
import { starve } from './starve.ts';

const RUNS = '/api/v1/admin/training/runs';
/** Some hundred steps a second, for a long time. */
const LONG = { base_model: 'model', data: 'data.jsonl', max_steps: 10 ** 6, epochs: 10 ** 6 };

const data = mkdtempSync(join(tmpdir(), 'plimsoll-stop-'));
let service: TestService;
let token: string;
const start = (onStop: string) =>
  startService(data, '--memory', '1G', '--concurrency', '4', '--runs-on-stop', onStop);

beforeAll(async () => {
  mkdirSync(join(data, 'files'));
  writeSmallModel(join(data, 'files/model'));
  writeExamples(join(data, 'files/data.jsonl'), 8);
  service = await start('end');
  token = firstTokenOf(service);
});
afterAll(async () => {
  await service.end('SIGTERM');
  rmSync(data, { recursive: true });
});

/** A run that has a checkpoint. */
async function training(memory?: string): Promise<ServiceRun> {
  const body = { ...LONG, checkpoint_every: 20, memory };
  const answer = await call(service, 'POST /api/v1/admin/training/trigger', { token, body });
  const { id } = serviceRunSchema.parse(answer.body);
  return await runWhen(service, token, id, ({ progress }) => (progress?.step ?? 0) > 40);
}

const cancelled = async ({ id }: ServiceRun): Promise<ServiceRun> => {
  await call(service, `POST ${RUNS}/${id}/cancel`, { token });
  return await runWhen(service, token, id, ({ finishedAt }) => finishedAt !== null);
};

/** Once its trainer has said where it goes on. */
const secondAttempt = (run: ServiceRun): Promise<ServiceRun> =>
  runWhen(
    service,
    token,
    run.id,
    ({ attempts }) => attempts.length === 2 && beginnings(run).length === 2,
  );

const attemptFile = (run: ServiceRun, name: string) => join(run.outputDir, 'attempt-1', name);

/** Of the first attempt. */
function processesOf(run: ServiceRun): { readonly main: number; readonly keeper: number } {
  const { begun } = JSON.parse(readFileSync(attemptFile(run, 'launched.json'), 'utf8'));
  return { main: begun.main.pid, keeper: begun.keeper.pid };
}

/** Orphans may stay zombies where nobody waits for them. */
function isAlive(pid: number): boolean {
  const status = readText(`/proc/${pid}/status`);
  return status !== null && !/^State:\s*Z/m.test(status);
}

/** Where each attempt began. */
function beginnings({ outputDir }: ServiceRun): (number | undefined)[] {
  const lines = readFileSync(join(outputDir, 'events.jsonl'), 'utf8').split('\n').filter(Boolean);
  return lines
    .map((line): RunEvent => JSON.parse(line))
    .flatMap((event) => (event.type === 'run-started' ? [event.resumedFrom?.step] : []));
}

async function starved(run: ServiceRun): Promise<void> {
  const name = `plimsoll-${run.runIdentifier}`;
  const group = memoryCgroup()
    .groups.map((each) => ({ ...each, folder: join(each.folder, name) }))
    .find(({ folder }) => existsSync(folder));
  if (!group) throw new Error('no group of its own');
  await starve(processesOf(run).main, group);
}

/** By another service, which goes on with it. */
async function foundAgain(run: ServiceRun): Promise<ServiceRun> {
  service = await start('end');
  const again = await secondAttempt(run);
  expect(again.attempts[0]).toMatchObject({ cause: 'unestablished', grade: 'possible' });
  expect(await cancelled(run)).toMatchObject({ status: 'cancelled', errorMessage: null });
  return again;
}

function missingIn(run: ServiceRun): string {
  const record = JSON.parse(readFileSync(attemptFile(run, 'attempt.json'), 'utf8'));
  return record.verdict.missing.join('\n');
}

/** Whether a service still lives on the data folder. */
function isLocked(): boolean {
  try {
    openStore(data, { alone: true }).close();
    return false;
  } catch {
    return true;
  }
}

describe.skipIf(cgroupsUnavailable() !== null)('a run', () => {
  test('that ends with the service, after a checkpoint, goes on when it is started again', async () => {
    const run = await training();
    const { main } = processesOf(run);
    expect(await service.end('SIGTERM')).toBe(0);
    expect(isAlive(main)).toBe(false);
    service = await start('end');
    const again = await secondAttempt(run);
    expect(again).toMatchObject({
      status: 'running',
      attempts: [{ cause: 'cancelled', grade: 'proven' }, { cause: null }],
    });
    expect(beginnings(again)).toEqual([undefined, expect.toSatisfy((step: number) => step > 40)]);
    expect(await cancelled(run)).toMatchObject({ status: 'cancelled', errorMessage: null });
  });

  test('goes on from its checkpoint after its container was killed', async () => {
    await service.end('SIGTERM');
    service = await startContained(data, '--memory', '1G');
    const run = await training();
    await service.end('SIGKILL');
    while (isLocked()) await sleep(10); // the last of it is not gone yet
    const again = await foundAgain(run);
    expect(beginnings(again)[1]).toBeGreaterThanOrEqual(40);
    expect(missingIn(run)).toMatch(/the process that keeps it was ended too/);
  });

  test('and after the machine was started again', async () => {
    const run = await training();
    await service.end('SIGKILL');
    const { main, keeper } = processesOf(run);
    for (const pid of [keeper, main]) kill(pid, 'SIGKILL');
    const file = attemptFile(run, 'launched.json');
    const launched = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...launched, boot: 'another' }));
    await foundAgain(run);
    expect(missingIn(run)).toMatch(/the machine was started again/);
  });

  test('that somebody kills fails, and says so; asked for once more it begins anew', async () => {
    const run = await training();
    kill(processesOf(run).main, 'SIGKILL');
    const ended = await runWhen(service, token, run.id, ({ finishedAt }) => finishedAt !== null);
    expect(ended).toMatchObject({
      status: 'failed',
      errorMessage: expect.stringMatching(/SIGKILL/),
      attempts: [{ cause: 'killed', grade: 'proven' }],
    });
    const retried = await call(service, `POST ${RUNS}/${run.id}/retry`, { token });
    expect(retried.status).toBe(202);
    const { id, retryOf, order } = serviceRunSchema.parse(retried.body);
    expect({ retryOf, order }).toEqual({ retryOf: run.id, order: run.order });
    const again = await runWhen(service, token, id, ({ progress }) => progress !== null);
    expect(beginnings(again)).toEqual([undefined]);
    expect((await call(service, `POST ${RUNS}/${id}/retry`, { token })).status).toBe(409);
    await cancelled(again);
  });

  test('that the kernel kills for want of memory goes on from its checkpoint', async () => {
    const run = await training('160M'); // more than it needs: a smaller plan fits as well
    await starved(run);
    const again = await secondAttempt(run);
    expect(again.attempts[0]).toMatchObject({ cause: 'oom-own-limit', grade: 'proven' });
    expect(beginnings(again)[1]).toBeGreaterThanOrEqual(40);
    await cancelled(again);
  });
});

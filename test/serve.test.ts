/** @file `plimsoll serve` from its first start to a run completed, refused, cancelled, deleted, found again. */
import Database from 'better-sqlite3';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiErrorSchema, serviceRunSchema } from '#protocol';
import { plimsoll } from './plimsoll.ts';
import { call, firstTokenOf, runWhen, startService, type TestService } from './service.ts';

const RUNS = '/api/v1/admin/training/runs';
const TRIGGER = 'POST /api/v1/admin/training/trigger';
/** The embedded base and the bundled examples, few of them. */
const SMALL = { max_samples: 40, max_steps: 2, epochs: 1 };

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-serve-'));
const data = join(folder, 'data');
let service: TestService;
let token: string;
beforeAll(async () => {
  service = await startService(data, '--memory', '700M', '--concurrency', '1');
  token = firstTokenOf(service);
});
afterAll(async () => {
  await service.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

const ended = ({ finishedAt }: { readonly finishedAt: string | null }) => finishedAt !== null;

async function trigger(body: object): Promise<number> {
  const answer = await call(service, TRIGGER, { token, body });
  expect(answer.status).toBe(202);
  return serviceRunSchema.parse(answer.body).id;
}

describe('access', () => {
  test('the first token is printed once and is in no log', () => {
    expect(token).toMatch(/^plimsoll_[\w-]{43}$/);
    expect(service.stdout.split(token)).toHaveLength(2);
    expect(service.log()).not.toContain(token);
    expect(readFileSync(join(data, 'plimsoll.db'), 'latin1')).not.toContain(token);
  });

  test('401 without a token or with a wrong one, in the one shape', async () => {
    const none = await call(service, `GET ${RUNS}`);
    expect(none.status).toBe(401);
    expect(apiErrorSchema.parse(none.body).error).toMatchObject({ code: 'TOKEN_MISSING' });
    const wrong = await call(service, `GET ${RUNS}`, { token: 'plimsoll_wrong' });
    expect(wrong.status).toBe(401);
    expect(wrong.body.error.code).toBe('TOKEN_UNKNOWN');
  });

  test("the original service's header does as well", async () => {
    const headers = { 'X-HomeIQ-API-Key': token };
    const { status } = await fetch(`${service.url}${RUNS}`, { headers });
    expect(status).toBe(200);
  });

  test('a token does what its scope allows, until it is revoked', async () => {
    const made = plimsoll(
      'token',
      'create',
      '--name',
      'eyes',
      '--scope',
      'read',
      '--data-dir',
      data,
    );
    const reader = { token: made.stdout.trim() };
    expect((await call(service, `GET ${RUNS}`, reader)).status).toBe(200);
    const refused = await call(service, TRIGGER, { ...reader, body: SMALL });
    expect(refused.status).toBe(403);
    expect(refused.body.error).toMatchObject({ code: 'SCOPE_MISSING' });
    const { body } = await call(service, 'GET /api/v1/tokens', { token });
    const [, eyes] = body;
    expect(body.map(({ name }: { name: string }) => name)).toEqual(['first', 'eyes']);
    expect((await call(service, `DELETE /api/v1/tokens/${eyes.id}`, { token })).status).toBe(200);
    expect((await call(service, `GET ${RUNS}`, reader)).status).toBe(401);
    const audit = await call(service, 'GET /api/v1/audit', { token });
    expect(audit.body).toContainEqual(
      expect.objectContaining({ who: 'eyes', action: TRIGGER, status: 403 }),
    );
  });
});

describe('what is refused names its field', () => {
  test.each([
    [{ epochs: 0 }, 'epochs'],
    [{ max_sample: 3 }, 'max_sample'],
    [{ memory: 'much' }, 'memory'],
    [{ data: '/etc/passwd' }, 'data'],
    [{ data: '../../etc/passwd' }, 'data'],
    [{ data: '--output-dir=/tmp' }, 'data'],
    [{ base_model: '/etc' }, 'base_model'],
  ])('%j', async (body, field) => {
    const answer = await call(service, 'POST /api/v1/plan', { token, body });
    expect(answer.status).toBe(422);
    expect(apiErrorSchema.parse(answer.body).error.field).toBe(field);
  });

  test('what is no JSON, no call, no run', async () => {
    expect((await call(service, TRIGGER, { token, body: '{' })).status).toBe(400);
    expect((await call(service, 'GET /api/v2', { token })).body.error.code).toBe('ROUTE_UNKNOWN');
    expect((await call(service, `GET ${RUNS}/999`, { token })).body.error.code).toBe('RUN_UNKNOWN');
    expect((await call(service, `GET ${RUNS}/x`, { token })).status).toBe(422);
    expect((await call(service, `GET ${RUNS}?limit=0`, { token })).body.error.field).toBe('limit');
    const large = await call(service, TRIGGER, { token, body: 'x'.repeat(2 ** 20 + 1) });
    expect(large.status).toBe(413);
  });
});

test('a run is triggered, watched, and completed, with what the original told and more', async () => {
  const id = await trigger(SMALL);
  const run = await runWhen(service, token, id, ended);
  expect(run).toMatchObject({
    status: 'completed',
    trainingType: 'soft_prompt',
    baseModel: 'plimsoll-mini',
    triggeredBy: 'first',
    errorMessage: null,
    progress: { step: 2, of: 2 },
    attempts: [{ attempt: 1, cause: 'completed' }],
  });
  expect(run.finalLoss).toBeGreaterThan(0);
  expect(run.peak).toBeGreaterThan(0);
  expect(run.peak).toBeLessThanOrEqual(run.limit ?? 0);
  expect(JSON.parse(readFileSync(run.metadataPath ?? '', 'utf8'))).toMatchObject({
    run_id: run.runIdentifier,
    final_loss: run.finalLoss,
  });
  const events = await call(service, `GET /api/v1/events?run=${id}&limit=1000`, { token });
  const types = events.body.map(({ type }: { type: string }) => type);
  expect(types.slice(0, 4)).toEqual(['queued', 'predicted', 'attempt-started', 'run-started']);
  expect(types.slice(-3)).toEqual(['run-ended', 'attempt-ended', 'finished']);
  const memory = await call(service, `GET ${RUNS}/${id}/memory`, { token });
  expect(memory.body.length).toBeGreaterThan(0);
  expect((await call(service, `GET ${RUNS}/${id}/log`, { token })).body).toContain('plimsoll-mini');
});

test('a stream begins after the last event that its reader has', async () => {
  const { body: all } = await call(service, 'GET /api/v1/events?limit=1000', { token });
  const last = all.at(-3).seq;
  const headers = { Authorization: `Bearer ${token}`, 'Last-Event-ID': String(last) };
  const response = await fetch(`${service.url}/api/v1/events/stream`, { headers });
  const seen: number[] = [];
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const text = decoder.decode(chunk);
    seen.push(...[...text.matchAll(/^id: (\d+)$/gm)].map(([, seq]) => Number(seq)));
    if (seen.length === 2) await trigger({ ...SMALL, memory: '1M' }); // one more, while it listens
    if (seen.length > 2) break;
  }
  expect(seen.slice(0, 2)).toEqual([all.at(-2).seq, all.at(-1).seq]);
  expect(seen[2]).toBe(all.at(-1).seq + 1);
});

test('a run that cannot fit is refused before it begins, with numbers', async () => {
  const id = await trigger({ ...SMALL, memory: '64M' });
  await expect(runWhen(service, token, id, () => false)).rejects.toThrow(/failed/);
  const { body } = await call(service, `GET ${RUNS}/${id}`, { token });
  expect(body).toMatchObject({ status: 'failed', attempts: [], limit: null });
  expect(body.errorMessage).toMatch(/\d+(\.\d+)? MiB.*\d+(\.\d+)? MiB/);
});

test('a run is cancelled while it waits, and while it runs; one of a type may be alone', async () => {
  const long = { max_samples: 200, max_steps: 5000, epochs: 5000, training_type: 'long' };
  const id = await trigger(long);
  const running = await runWhen(service, token, id, ({ progress }) => progress !== null);
  expect(running.status).toBe('running');
  const second = await call(service, TRIGGER, { token, body: { ...long, exclusive: true } });
  expect(second.status).toBe(409);
  expect(second.body.error.code).toBe('RUN_OF_TYPE_ACTIVE');
  const waiting = await trigger(SMALL);
  const { queue } = await runWhen(service, token, waiting, ({ predicted }) => predicted !== null);
  expect(queue).toMatchObject({ place: 1, reason: expect.stringContaining(`run ${id}`) });
  const gone = await call(service, `POST ${RUNS}/${waiting}/cancel`, { token });
  expect(gone.body).toMatchObject({ status: 'cancelled', attempts: [] });

  // What runs goes on when the service is killed, and is found again by the next.
  await service.end('SIGKILL');
  service = await startService(data, '--memory', '700M');
  expect(firstTokenOf(service)).toBe('');
  const step = running.progress?.step ?? 0;
  const found = await runWhen(service, token, id, ({ progress }) => (progress?.step ?? 0) > step);
  expect(found.attempts).toHaveLength(1);
  expect((await call(service, `DELETE ${RUNS}/${id}`, { token })).status).toBe(409);
  expect((await call(service, `POST ${RUNS}/${id}/cancel`, { token })).status).toBe(202);
  expect(await runWhen(service, token, id, ended)).toMatchObject({ status: 'cancelled' });
  expect((await call(service, `DELETE ${RUNS}/${id}`, { token })).status).toBe(204);
  expect((await call(service, `GET ${RUNS}/${id}`, { token })).status).toBe(404);
});

test('a schedule is made, listed, refused where it is wrong, and deleted', async () => {
  const nightly = { name: 'nightly', cron: '30 3 * * *', order: SMALL };
  const made = await call(service, 'POST /api/v1/schedules', { token, body: nightly });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    ...nightly,
    time_zone: 'UTC',
    createdBy: 'first',
    nextAt: expect.stringMatching(/T03:30:00\.000Z$/),
    lastAt: null,
    lastRun: null,
  });
  const { body: all } = await call(service, 'GET /api/v1/schedules', { token });
  expect(all).toEqual([made.body]);
  const refused = async (change: object) => {
    const { status, body } = await call(service, 'POST /api/v1/schedules', {
      token,
      body: { ...nightly, ...change },
    });
    return [status, body.error.field ?? body.error.code];
  };
  expect(await refused({})).toEqual([409, 'SCHEDULE_EXISTS']);
  expect(await refused({ name: 'b', cron: '61 3 * * *' })).toEqual([422, 'cron']);
  expect(await refused({ name: 'b', time_zone: 'Mars' })).toEqual([422, 'time_zone']);
  expect(await refused({ name: 'b', order: { data: '../x' } })).toEqual([422, 'data']);
  const gone = await call(service, 'DELETE /api/v1/schedules/nightly', { token });
  expect(gone.body).toEqual(made.body);
  const none = await call(service, 'DELETE /api/v1/schedules/nightly', { token });
  expect([none.status, none.body.error.code]).toEqual([404, 'SCHEDULE_UNKNOWN']);
});

test('old runs are deleted, the newest kept', async () => {
  const { body: before } = await call(service, `GET ${RUNS}`, { token });
  const answer = await call(service, `DELETE ${RUNS}?older_than_days=0&keep_recent=1`, { token });
  expect(answer.body.deleted_count).toBe(before.length - 1);
  const { body: after } = await call(service, `GET ${RUNS}`, { token });
  expect(after).toEqual([before[0]]);
});

test('the document of the API has each call; metrics count them', async () => {
  const { body } = await call(service, 'GET /openapi.json');
  expect(body.openapi).toBe('3.1.0');
  expect(Object.keys(body.paths)).toContain(`${RUNS}/{id}`);
  const { body: text } = await call(service, 'GET /metrics', { token });
  expect(text).toMatch(/^plimsoll_runs\{status="cancelled"\} \d+$/m);
});

test('one process, without ONNX Runtime in it', () => {
  expect(readFileSync(`/proc/${service.child.pid}/maps`, 'utf8')).not.toContain('onnxruntime');
});

const lineOf = (...words: string[]) => {
  const { status, stderr, stdout } = plimsoll('serve', '--port', '0', ...words);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  return stderr.trim().split('\n');
};

describe('what keeps it from starting is one line', () => {
  test('a data folder that another service uses', () => {
    expect(lineOf('--data-dir', data)).toEqual([expect.stringMatching(/which one uses now/)]);
  });

  test('a folder that cannot be made', () => {
    expect(lineOf('--data-dir', 'package.json/data')).toEqual([
      expect.stringMatching(/could not be written: a part of its path is not a folder/),
    ]);
  });

  test('a database of a newer version, which stays as it is', () => {
    const newer = join(folder, 'newer');
    mkdirSync(newer);
    const database = new Database(join(newer, 'plimsoll.db'));
    database.pragma('user_version = 99');
    database.close();
    const before = readFileSync(join(newer, 'plimsoll.db'));
    expect(lineOf('--data-dir', newer)).toEqual([
      expect.stringMatching(/expected a database of format \d+ or older, got format 99/),
    ]);
    expect(readFileSync(join(newer, 'plimsoll.db'))).toEqual(before);
  });

  test('a port in use', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) =>
      other.listen(0, '127.0.0.1', () =>
        resolve(Number(Reflect.get(Object(other.address()), 'port'))),
      ),
    );
    const words = ['--data-dir', join(folder, 'other'), '--port', String(port)];
    expect(lineOf(...words)).toEqual([expect.stringMatching(/another program listens there/)]);
    other.close();
  });
});

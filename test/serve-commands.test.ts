/**
 * @file Commands that the administrator allows, run by clients: real programs in the service's queue, with its limits,
 * ladders and verdicts; values that would be more than an argument are refused.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiErrorSchema, type ServiceRun, serviceRunSchema } from '#protocol';
import { cgroupsUnavailable } from './cgroup.ts';
import { plimsoll } from './plimsoll.ts';
import { type Answer, call, firstTokenOf, startService, type TestService } from './service.ts';

const RUNS = '/api/v1/admin/training/runs';
const MIB = 2 ** 20;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-commands-'));
const data = join(folder, 'data');
const config = join(folder, 'service.yaml');
const SETTINGS = `
commands:
  tell:
    description: says what it was given
    command: [sh, -c, 'printf "<%s>" "$@"; pwd', sh, '{text}', '--level={level}', '--size', '{size}']
    memory: 32M
    values:
      text:
      level: {pattern: '-?[0-9]{1,3}', default: 1}
      size: {choices: [small, large], default: small}
  hungry:
    command: [python3, -c, 'import sys; held = b"x" * (int(sys.argv[1]) << 20); print("held", len(held) >> 20)', '{mib}']
    memory: 64M
    ladder: {mib: [200, 100, 8]}
  growing:
    command: [python3, -c, 'held = b"x" * (90 << 20)']
    memory: 48M..192M
  learned:
    command: [python3, -c, 'import sys, time; held = b"x" * (40 << 20); time.sleep(int(sys.argv[1]))', '{seconds}']
    values: {seconds: {choices: [0, 6]}}
  sleep:
    command: [sleep, '{seconds}']
    memory: 16M
    values: {seconds: {pattern: '[0-9]+'}}
  absent:
    command: [/no/such/program]
    memory: 16M
  large:
    command: [sleep, '1']
    memory: 2G
`;

let service: TestService;
let token: string;
const start = () => startService(data, '--memory', '800M', '--config', config);
beforeAll(async () => {
  writeFileSync(config, SETTINGS);
  service = await start();
  token = firstTokenOf(service);
});
afterAll(async () => {
  await service.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

const ask = (name: string, values: object = {}, more: object = {}): Promise<Answer> =>
  call(service, `POST /api/v1/commands/${name}/runs`, { token, body: { values, ...more } });

async function ordered(name: string, values: object = {}): Promise<number> {
  const answer = await ask(name, values);
  expect(answer).toMatchObject({ status: 202 });
  return serviceRunSchema.parse(answer.body).id;
}

async function runWhen(id: number, isSo: (run: ServiceRun) => boolean): Promise<ServiceRun> {
  for (;;) {
    const { body } = await call(service, `GET ${RUNS}/${id}`, { token });
    const run = serviceRunSchema.parse(body);
    if (isSo(run)) return run;
    expect(run.finishedAt, JSON.stringify(run)).toBeNull();
    await sleep(50);
  }
}

const ended = (id: number) => runWhen(id, ({ finishedAt }) => finishedAt !== null);
const alive = (id: number) =>
  runWhen(id, ({ attempts }) => attempts.length > 0 && attempts[0]?.endedAt === null);
const log = async (id: number): Promise<string> =>
  (await call(service, `GET ${RUNS}/${id}/log`, { token })).body;

describe('an allowed command', () => {
  test('is listed, run with its values, and told of as any run is', async () => {
    const { body: listed } = await call(service, 'GET /api/v1/commands', { token });
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(
      'tell hungry growing learned sleep absent large'.split(' '),
    );
    expect(listed[0]).toMatchObject({
      description: 'says what it was given',
      values: { text: {}, size: { choices: ['small', 'large'] } },
      memory: { from: 32 * MIB, to: 32 * MIB },
    });

    const id = await ordered('tell', { text: '$(id); `id` "; id {level} {{size}} *', level: -7 });
    const run = await ended(id);
    expect(run).toMatchObject({
      status: 'completed',
      trainingType: 'tell',
      triggeredBy: 'first',
      command: { name: 'tell', values: { level: '-7', size: 'small' } },
      limit: 32 * MIB,
      verdict: { cause: 'completed' },
      attempts: [{ memoryBytes: 32 * MIB }],
    });
    expect(await log(id)).toBe(
      `<$(id); \`id\` "; id {level} {{size}} *><--level=-7><--size><small>${run.outputDir}\n`,
    );
    const list = await call(service, `GET ${RUNS}?training_type=tell`, { token });
    expect(list.body.map(({ id: each }: { id: number }) => each)).toEqual([id]);
    const { body: events } = await call(service, `GET /api/v1/events?run=${id}`, { token });
    expect(events.map(({ type }: { type: string }) => type)).toEqual(
      'queued predicted attempt-started attempt-ended finished'.split(' '),
    );
    const evidence = await call(service, `GET ${RUNS}/${id}/evidence`, { token });
    expect(evidence.status).toBe(200);
  });

  test.each<readonly [string, object, string, RegExp]>([
    ['tell', { text: '--help' }, 'values.text', /does not begin with '-'/],
    ['tell', { text: '' }, 'values.text', /not empty/],
    ['tell', {}, 'values.text', /expected a value, got nothing/],
    ['tell', { text: 'a\u0000b' }, 'values.text', /NUL/],
    ['tell', { text: 'x', level: '1; rm -rf /' }, 'values.level', /fits .*got '1; rm -rf \/'/],
    ['tell', { text: 'x', level: '--force' }, 'values.level', /fits/],
    ['tell', { text: 'x', level: '1\n2' }, 'values.level', /fits/],
    ['tell', { text: 'x', size: 'huge' }, 'values.size', /one of small, large, got 'huge'/],
    ['tell', { text: 'x', other: 'y' }, 'values.other', /only text, level, size/],
    ['tell', { text: ['x'] }, 'values.text', /expected/],
    ['hungry', { mib: '1' }, 'values.mib', /expected no values for the command hungry/],
    ['sleep', { seconds: '1 2' }, 'values.seconds', /fits/],
  ])('%s %j is refused, and nothing is queued', async (name, values, field, message) => {
    const before = await call(service, `GET ${RUNS}?limit=1`, { token });
    const answer = await ask(name, values);
    expect(answer.status).toBe(422);
    const { error } = apiErrorSchema.parse(answer.body);
    expect(error).toMatchObject({ code: 'REQUEST_INVALID', field });
    expect(error.message).toMatch(message);
    const after = await call(service, `GET ${RUNS}?limit=1`, { token });
    expect(after.body).toEqual(before.body);
  });

  test('a name that every object has is no value', async () => {
    const body = '{"values": {"text": "x", "__proto__": {"level": "9"}, "constructor": "y"}}';
    const answer = await call(service, 'POST /api/v1/commands/tell/runs', { token, body });
    expect(answer.body.error).toMatchObject({ field: 'values.constructor' });
  });

  test('a name that is none, words of its own, and a token that may only look are refused', async () => {
    expect((await ask('rm')).body.error).toMatchObject({ code: 'COMMAND_UNKNOWN' });
    expect((await ask('..%2f..')).status).toBe(422);
    const words = { command: ['rm', '-rf', '/'] };
    expect((await ask('tell', { text: 'x' }, words)).body.error).toMatchObject({
      field: 'command',
    });
    const trained = { token, body: { training_type: 'x', command: { name: 'tell', values: {} } } };
    const trigger = await call(service, 'POST /api/v1/admin/training/trigger', trained);
    expect(trigger.status).toBe(422);
    const words2 = ['token', 'create', '--name', 'eyes', '--scope', 'read', '--data-dir', data];
    const eyes = { token: plimsoll(...words2).stdout.trim(), body: { values: { text: 'x' } } };
    expect((await call(service, 'POST /api/v1/commands/tell/runs', eyes)).status).toBe(403);
  });

  test('what cannot be started, or can never fit, fails with its reason', async () => {
    expect(await ended(await ordered('absent'))).toMatchObject({
      status: 'failed',
      errorCode: 'COMMAND_NOT_FOUND',
    });
    expect(await ended(await ordered('large'))).toMatchObject({
      status: 'failed',
      errorCode: 'COMMAND_CANNOT_FIT',
      errorMessage: expect.stringMatching(/2 GiB.* 704 MiB/),
      attempts: [],
    });
  });

  test('it is cancelled, and repeated with the same values', async () => {
    const id = await ordered('sleep', { seconds: 600 });
    await alive(id);
    await call(service, `POST ${RUNS}/${id}/cancel`, { token });
    expect(await ended(id)).toMatchObject({
      status: 'cancelled',
      verdict: { cause: 'cancelled', grade: 'proven' },
    });
    const again = await call(service, `POST ${RUNS}/${id}/retry`, { token });
    const run = serviceRunSchema.parse(again.body);
    expect(run).toMatchObject({
      retryOf: id,
      command: { name: 'sleep', values: { seconds: '600' } },
    });
    await alive(run.id);
    await call(service, `POST ${RUNS}/${run.id}/cancel`, { token });
    await ended(run.id);
  });
});

function attemptsOf({ attempts }: ServiceRun): string[] {
  return attempts.map(({ cause, memoryBytes }) => `${cause} under ${memoryBytes / MIB}`);
}

describe.skipIf(cgroupsUnavailable() !== null)('under a limit that the kernel enforces', () => {
  test('one that is killed goes down its ladder, to its end', async () => {
    const id = await ordered('hungry');
    const run = await ended(id);
    expect(run).toMatchObject({ status: 'completed', errorMessage: null });
    expect(attemptsOf(run)).toEqual([
      'oom-own-limit under 64',
      'oom-own-limit under 64',
      'completed under 64',
    ]);
    expect(await log(id)).toBe('held 8\n');
    const next = await ended(await ordered('hungry'));
    expect(attemptsOf(next), 'what earlier runs proved is not tried again').toEqual([
      'completed under 64',
    ]);
  });

  test('a range of limits is kept for it whole, and doubled within', async () => {
    const run = await ended(await ordered('growing'));
    expect(run).toMatchObject({ status: 'completed', limit: 192 * MIB });
    expect(attemptsOf(run)).toEqual([
      'oom-own-limit under 48',
      'oom-own-limit under 96',
      'completed under 192',
    ]);
  });

  test('without a limit of its own the first run has all, and the next what that took', async () => {
    const first = await ended(await ordered('learned', { seconds: 6 }));
    expect(first).toMatchObject({ status: 'completed', limit: 704 * MIB, predicted: null });
    const second = await ended(await ordered('learned', { seconds: 6 }));
    expect(second).toMatchObject({ status: 'completed', predicted: first.peak });
    expect(second.limit).toBeGreaterThan(48 * MIB);
    expect(second.limit).toBeLessThan(96 * MIB);
    for (let i = 0; i < 2; i++)
      expect(await ended(await ordered('learned', { seconds: 0 })), 'too short').toMatchObject({
        limit: 704 * MIB,
      });
  });
});

test('it outlives the service, and what waits is run by the settings of the next start', async () => {
  const long = await ordered('sleep', { seconds: 8 });
  await alive(long);
  const all = await ordered('learned', { seconds: 0 }); // it waits for all of the memory, and all behind it
  const waiting = await ordered('tell', { text: 'later' });
  const removed = await ordered('sleep', { seconds: 1 });
  expect(await runWhen(waiting, () => true)).toMatchObject({
    status: 'queued',
    queue: { place: 2 },
  });
  expect(await service.end('SIGKILL')).toBeNull();
  writeFileSync(config, SETTINGS.replace("'[0-9]+'", "'[89]'"));
  service = await start();
  expect(await ended(long)).toMatchObject({
    status: 'completed',
    attempts: [{ cause: 'completed' }],
  });
  expect((await ended(all)).status).toBe('completed');
  expect((await ended(waiting)).status).toBe('completed');
  expect(await ended(removed)).toMatchObject({
    status: 'failed',
    errorCode: 'REQUEST_INVALID',
    attempts: [],
  });
}, 60_000);

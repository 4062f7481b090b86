/** @file The command line as a client of a service: runs, logs, cancel, explain, train. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serviceEventSchema, serviceRunSchema } from '#protocol';
import { firstTokenOf, startService, type TestService } from './service.ts';

const COMMAND = 'bin/plimsoll';
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-client-'));
const SMALL = ['--max-samples', '40', '--max-steps', '2', '--epochs', '1'];
let service: TestService;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  service = await startService(join(folder, 'data'), '--memory', '700M');
  const access = { PLIMSOLL_SERVER: service.url, PLIMSOLL_TOKEN: firstTokenOf(service) };
  env = { ...process.env, NO_COLOR: '1', ...access };
});
afterAll(async () => {
  await service.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function client(words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(COMMAND, words, { env: { ...env, ...more } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return await new Promise((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  );
}

describe('a run from its order to its end', () => {
  test('train shows what the trainer tells, and ends as the run does', async () => {
    expect((await client(['runs'])).stdout).toBe('no runs\n');
    const { code, stdout, stderr } = await client(['train', '--server', ...SMALL]);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/^run 1 on/) });
    expect(stdout).toMatch(/^method .*$/m);
    expect(stdout).toMatch(/^step 2\/2 /m);
    expect(stderr).toMatch(/predicted: peak of \d.*limit of \d/);
    expect(stderr).toMatch(/finished: completed\n$/);
  });

  test('--json is the events of the service, each a line', async () => {
    const { code, stdout } = await client(['train', '--server', ...SMALL, '--json']);
    const events = stdout.trimEnd().split('\n');
    const types = events.map((line) => serviceEventSchema.parse(JSON.parse(line)).type);
    expect(code).toBe(0);
    expect([types[0], types.at(-1)]).toEqual(['queued', 'finished']);
  });

  test('one that cannot fit ends with 12, and says why', async () => {
    const { code, stderr } = await client(['train', '--server', ...SMALL, '--memory', '64M']);
    expect(code).toBe(12);
    expect(stderr).toMatch(/^error: run 3: .*64 MiB.*plimsoll explain 3 --server/m);
  });

  test('runs lists them, logs and explain tell of one, cancel refuses one that has ended', async () => {
    const { stdout } = await client(['runs']);
    expect(stdout.split('\n')[0]).toMatch(/^run +status +step/);
    expect(stdout).toMatch(/^3 +failed /m);
    expect(stdout).toMatch(/^1 +completed +2\/2 /m);
    const json = JSON.parse((await client(['runs', '--json', '--status', 'completed'])).stdout);
    expect(serviceRunSchema.array().parse(json)).toHaveLength(2);
    expect((await client(['logs', '1'])).stdout).toContain('trained 2 steps');
    expect((await client(['explain', '1', '--server'])).stdout).toMatch(/completed, proven/);
    expect((await client(['explain', '3', '--server'])).stdout).toMatch(/64 MiB/);
    const { code, stderr } = await client(['cancel', '1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: expected run 1 to be queued or running; it is completed\. /);
  });

  test('cancel ends one that waits', async () => {
    const order = ['train', '--server', '--max-samples', '200', '--max-steps', '5000'];
    const training = client([...order, '--epochs', '5000']);
    for (;;) {
      const { stdout } = await client(['cancel', '4']);
      if (/run 4 (cancelled|asked)/.test(stdout)) break;
    }
    expect((await training).code).toBe(130);
  });
});

describe('what goes wrong is one line', () => {
  test.each<[string, string[], NodeJS.ProcessEnv, number, RegExp]>([
    ['no token', ['runs'], { PLIMSOLL_TOKEN: '' }, 2, /expected a token in PLIMSOLL_TOKEN/],
    ['a wrong one', ['runs'], { PLIMSOLL_TOKEN: 'x' }, 1, /unknown or revoked\. Make a new one/],
    ['nobody there', ['runs', '--server', 'http://127.0.0.1:2'], {}, 1, /nothing listens there/],
    ['no URL', ['runs', '--server', 'there'], {}, 2, /got 'there'/],
    ['a secret in it', ['runs', '--server', 'http://me:pass@here'], {}, 2, /name or password in/],
    ['no such run', ['logs', '999'], {}, 1, /got 999, which there is not/],
    ['a local flag', ['train', '--server', '--arena'], {}, 2, /--arena only without --server/],
    ['a local place', ['train', '--server', '--run-id', 'x'], {}, 2, /--run-id only without/],
    ['a bad value', ['train', '--server', '--lora-r', '0'], {}, 1, /lora_r: expected/],
  ])('%s', async (_, words, more, code, message) => {
    const ended = await client(words, more);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr.trimEnd()).not.toContain('\n');
    expect(ended.stderr).not.toMatch(/pass@/);
  });
});

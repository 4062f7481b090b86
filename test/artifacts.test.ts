/** @file What a run has left, over HTTP: its files whole and in parts, its evidence, and the page to try calls on. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiErrorSchema, serviceEventSchema, serviceRunSchema } from '#protocol';
import { call, firstTokenOf, runWhen, startService, type TestService } from './service.ts';

const RUNS = '/api/v1/admin/training/runs';
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-artifacts-'));
let service: TestService;
let token: string;
let runFolder: string;
beforeAll(async () => {
  service = await startService(join(folder, 'data'), '--memory', '700M');
  token = firstTokenOf(service);
  const order = { max_samples: 40, max_steps: 2, epochs: 1 };
  await call(service, 'POST /api/v1/admin/training/trigger', { token, body: order });
  const run = await runWhen(service, token, 1, ({ finishedAt }) => finishedAt !== null);
  runFolder = run.outputDir;
});
afterAll(async () => {
  await service.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

const WEIGHTS = 'adapter/adapter_model.safetensors';

async function content(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const query = new URLSearchParams({ path });
  return await fetch(`${service.url}${RUNS}/1/artifacts/content?${query.toString()}`, {
    headers: { Authorization: `Bearer ${token}`, ...headers },
  });
}

test('files are listed, and come as they are', async () => {
  const { body } = await call(service, `GET ${RUNS}/1/artifacts`, { token });
  const paths = body.map(({ path }: { path: string }) => path);
  expect(paths).toEqual(expect.arrayContaining(['training_run.json', WEIGHTS]));
  const file = readFileSync(join(runFolder, WEIGHTS));
  const whole = await content(WEIGHTS);
  expect(whole.headers.get('content-length')).toBe(String(file.length));
  expect(Buffer.from(await whole.arrayBuffer()).equals(file)).toBe(true);
});

test('a download goes on where it was cut off, if the file is the same', async () => {
  const file = readFileSync(join(runFolder, WEIGHTS));
  const part = await content(WEIGHTS, { Range: 'bytes=1000-' });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe(`bytes 1000-${file.length - 1}/${file.length}`);
  expect(Buffer.from(await part.arrayBuffer()).equals(file.subarray(1000))).toBe(true);
  const other = await content(WEIGHTS, { Range: 'bytes=1000-', 'If-Range': '"other"' });
  expect(other.status).toBe(200);
  await other.arrayBuffer();
  const beyond = await content(WEIGHTS, { Range: `bytes=${file.length}-` });
  expect(beyond.status).toBe(416);
  expect(apiErrorSchema.parse(await beyond.json()).error.code).toBe('RANGE_OUTSIDE');
});

test('no path leads out of the folder, and nobody reads without a token', async () => {
  for (const path of ['../../plimsoll.db', join(folder, 'data/plimsoll.db'), '/etc/passwd', '']) {
    const refused = await content(path);
    expect([404, 422]).toContain(refused.status);
    expect(apiErrorSchema.parse(await refused.json()).error.field).toBe('path');
  }
  const open = await fetch(`${service.url}${RUNS}/1/artifacts`);
  expect(open.status).toBe(401);
  expect((await call(service, `GET ${RUNS}/2/evidence`, { token })).status).toBe(404);
});

test('the evidence is one archive, with what happened and without weights', async () => {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`${service.url}${RUNS}/1/evidence`, { headers });
  const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
  const text = (name: string) => strFromU8(files[name] ?? new Uint8Array());
  expect(serviceRunSchema.parse(JSON.parse(text('run.json')))).toMatchObject({ id: 1 });
  const events = text('events.jsonl').trimEnd().split('\n');
  const types = events.map((line) => serviceEventSchema.parse(JSON.parse(line)).type);
  expect([types[0], types.at(-1)]).toEqual(['queued', 'finished']);
  expect(JSON.parse(text('machine.json'))).toHaveProperty('proves');
  expect(text('folder/training_run.json')).toBe(
    readFileSync(join(runFolder, 'training_run.json'), 'utf8'),
  );
  expect(text('folder/attempt-1/output.log')).toContain('trained 2 steps');
  expect(Object.keys(files).filter((name) => name.includes('safetensors'))).toEqual([]);
  expect(
    Object.values(files)
      .map((each) => strFromU8(each))
      .join(''),
  ).not.toContain(token);
});

test('the page to try calls on needs no token and loads nothing from elsewhere', async () => {
  const response = await fetch(`${service.url}/docs`);
  const page = await response.text();
  expect(response.headers.get('content-type')).toMatch(/^text\/html/);
  expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
  expect(page).not.toMatch(/https?:\/\//);
  expect(page.length).toBeLessThan(10_000);
});

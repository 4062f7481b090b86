/** @file OpenAI's own client against a real service: files, jobs, models, and each kind of error by its class. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
async function refusalOf(act: PromiseLike<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await act;
  } catch (error) {
    if (error instanceof OpenAI.APIError) return error;
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
    expect(gone).toBeInstanceOf(OpenAI.NotFoundError);
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
    expect(refused instanceof OpenAI.BadRequestError).toBe(status === 400);
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

test('models: the embedded base is there, others are not', async () => {
  const models = [];
  for await (const model of client.models.list()) models.push(model);
  expect(models).toEqual([
    { id: 'plimsoll-mini', object: 'model', created: 0, owned_by: 'plimsoll' },
  ]);
  expect(await client.models.retrieve('plimsoll-mini')).toEqual(models[0]);
  const unknown = await refusalOf(client.models.retrieve('gpt-4o-mini'));
  expect(unknown).toBeInstanceOf(OpenAI.NotFoundError);
  expect(unknown).toMatchObject({ code: 'MODEL_ID_UNKNOWN', param: 'model' });
  const base = await refusalOf(client.models.delete('plimsoll-mini'));
  expect(base).toBeInstanceOf(OpenAI.BadRequestError);
});

describe('errors', () => {
  test('without a valid token', async () => {
    const refused = await refusalOf(clientWith('plimsoll_wrong').models.list());
    expect(refused).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(refused).toMatchObject({ code: 'TOKEN_UNKNOWN', type: 'authentication_error' });
  });

  test('with a token that may not', async () => {
    const body = { name: 'eyes', scope: 'read' };
    const made = await call(service, 'POST /api/v1/tokens', { token, body });
    const reader = clientWith(made.body.token);
    expect((await reader.files.list()).data).toEqual([]);
    const refused = await refusalOf(reader.files.delete('file-1'));
    expect(refused).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(refused).toMatchObject({ code: 'SCOPE_MISSING', type: 'permission_error' });
  });

  test('a call that there is not', async () => {
    const refused = await refusalOf(client.batches.list());
    expect(refused).toBeInstanceOf(OpenAI.NotFoundError);
    expect(refused).toMatchObject({ code: 'ROUTE_UNKNOWN' });
  });
});

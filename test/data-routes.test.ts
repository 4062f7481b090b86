/** @file Data over HTTP: each kind is sent, looked at as a model would get it, and trained on; what is wrong is named. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type DataFile, dataFileSchema, dataPreviewSchema, orderDefaultsSchema } from '#protocol';
import { call, firstTokenOf, startService, type TestService } from './service.ts';

const PREVIEW = 'POST /api/v1/data/preview';
const EXAMPLES = readFileSync('assets/examples/household.db');
const RECORD = JSON.stringify({
  prompt: 'turn the light on in the hall',
  completion: 'light.hall',
});

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-data-'));
let service: TestService;
let token: string;
beforeAll(async () => {
  process.env['TMPDIR'] = folder; // of the service, too
  service = await startService(folder, '--memory', '700M');
  token = firstTokenOf(service);
});
afterAll(async () => {
  await service.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

async function sendFile(content: string | Uint8Array<ArrayBuffer>, name: string, query?: string) {
  const body = new FormData();
  body.set('file', new File([content], name));
  if (query !== undefined) body.set('query', query);
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(`${service.url}/api/v1/data`, { method: 'POST', body, headers });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- looked at below
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const kept = () => readdirSync(join(folder, 'uploads'));

test.each([
  ['a.jsonl', 'jsonl', `${RECORD}\n`.repeat(3)],
  ['a.csv', 'csv', 'prompt,completion\na b,c\nd e,f\n'],
  ['history.db', 'sqlite', new Uint8Array(EXAMPLES)],
])('%s is sent and previewed', async (name, kind, content) => {
  const sent = await sendFile(content, name);
  const file = dataFileSchema.parse(sent.body);
  const { path } = file;
  expect(file).toMatchObject({ name, bytes: content.length });
  expect(kept()).toContain(path);
  expect((await listed())[0]).toEqual(file);
  const body = { data: path, max_samples: 300, source_max_tokens: 6 };
  const seen = await call(service, PREVIEW, { token, body });
  const { files, read, examples, skipped, first } = dataPreviewSchema.parse(seen.body);
  expect(files).toEqual([{ name: path, kind }]);
  const passedOver = Object.values(skipped).reduce((sum, count) => sum + count, 0);
  expect(examples + passedOver).toBe(read);
  expect(passedOver > 0).toBe(kind === 'sqlite'); // a history has rows without an answer
  for (const { source } of first) expect(source.tokens).toBeLessThanOrEqual(6);
  const plan = { token, body: { ...body, max_samples: 20 } };
  expect((await call(service, 'POST /api/v1/plan', plan)).status).toBe(200);
});

async function listed(query = ''): Promise<DataFile[]> {
  const { body } = await call(service, `GET /api/v1/data${query}`, { token });
  return z.array(dataFileSchema).parse(body);
}

test('what was sent is found again by a part of its name, and however it was sent; results are not among it', async () => {
  for (const name of ['half.jsonl', '50%_half.jsonl', 'whole.jsonl'])
    await sendFile(`${RECORD}\n`, name);
  const openAi = new FormData();
  openAi.set('purpose', 'fine-tune');
  openAi.set('file', new File([`${RECORD}\n`], 'by-openai-HALF.jsonl'));
  const headers = { Authorization: `Bearer ${token}` };
  await fetch(`${service.url}/v1/files`, { method: 'POST', body: openAi, headers });
  const named = async (search: string) =>
    (await listed(`?search=${encodeURIComponent(search)}`)).map(({ name }) => name);
  expect(await named('half')).toEqual(['by-openai-HALF.jsonl', '50%_half.jsonl', 'half.jsonl']);
  expect(await named('0%_')).toEqual(['50%_half.jsonl']);
  expect(await named('nothing')).toEqual([]);
  const [newest] = await listed('?limit=1');
  expect(newest?.name).toBe('by-openai-HALF.jsonl');
  const body = { data: newest?.path };
  expect((await call(service, PREVIEW, { token, body })).status).toBe(200);
});

test.each([
  ['bad.jsonl', `${RECORD}\n{}`, undefined, 'DATA_LINE_MALFORMED', 'file'],
  ['bad.csv', 'a,b\n1,2\n', undefined, 'DATA_HEADER_UNKNOWN', 'file'],
  ['bad.db', 'SQLite', undefined, 'DATA_FILE_UNREADABLE', 'file'],
  ['bad.db', new Uint8Array(EXAMPLES), 'SELECT * FROM none', 'DATA_QUERY_FAILED', 'query'],
  ['bad.jsonl', RECORD, 'SELECT 1', 'DATA_QUERY_MISPLACED', 'query'],
])('%s is refused, and nothing is left: %#', async (name, content, query, code, field) => {
  const before = kept();
  const { status, body } = await sendFile(content, name, query);
  expect(status).toBe(422);
  expect(body['error']).toMatchObject({ code, field });
  expect(JSON.stringify(body)).not.toContain(folder);
  expect(kept()).toEqual(before);
});

test.each([
  [{ data: '/etc/passwd' }, 'PATH_OUTSIDE_ROOTS', 'data'],
  [{ data: 'none.jsonl' }, 'PREVIEW_FAILED', 'data'],
  [{ query: 'SELECT none' }, 'PREVIEW_FAILED', 'query'],
  [{ base_model: 'none' }, 'PREVIEW_FAILED', 'base_model'],
  [{ max_samples: 0 }, 'REQUEST_INVALID', 'max_samples'],
])('%j is refused, and its field named', async (body, code, field) => {
  const { status, body: refused } = await call(service, PREVIEW, { token, body });
  expect(status).toBe(422);
  expect(refused.error).toMatchObject({ code, field });
});

/** The field that a plan refuses. */
async function refusedFieldOf(body: object): Promise<unknown> {
  return (await call(service, 'POST /api/v1/plan', { token, body })).body.error?.field;
}

test('data to evaluate on that is wrong is told as such, and not as data to train on', async () => {
  const good = await sendFile(new Uint8Array(EXAMPLES), 'good.db');
  const { path } = dataFileSchema.parse(good.body);
  const order = { data: path, max_samples: 20, valid_data: path };
  expect(await refusedFieldOf(order)).toBeUndefined();
  expect(await refusedFieldOf({ ...order, valid_data: 'none.jsonl' })).toBe('valid_data');
  const other = dataFileSchema.parse((await sendFile(new Uint8Array(EXAMPLES), 'b.db')).body).path;
  const query = { valid_data: other, valid_query: 'SELECT none' };
  expect(await refusedFieldOf({ ...order, ...query })).toBe('valid_query');
  expect(await refusedFieldOf({ valid_query: 'SELECT 1' })).toBe('valid_query');
});

test.each([
  [{ virtual_tokens: 4 }, 'virtual_tokens'],
  [{ memory: '1M' }, 'memory'],
])('a plan of %j names the field that it refuses', async (body, field) => {
  const { body: refused } = await call(service, 'POST /api/v1/plan', { token, body });
  expect(refused.error).toMatchObject({ code: 'PLAN_FAILED', field });
});

test('what an order leaves out is told', async () => {
  const { body } = await call(service, 'GET /api/v1/admin/training/defaults', { token });
  const { bundled, named } = orderDefaultsSchema.parse(body);
  expect(bundled).toMatchObject({ epochs: 8, lora_targets: 'all-linear', virtual_tokens: 20 });
  expect(named).toMatchObject({ epochs: 3, max_samples: 2000, lora_targets: ['q', 'v'] });
});

/** Rows without an end. */
const ENDLESS = {
  query: `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    SELECT 'on' AS source, 'off' AS target FROM n`,
  max_samples: 'all',
};

test.each(['plan', 'data/preview'])(
  '/api/v1/%s: a question that is taken back ends',
  async (path) => {
    const gone = new AbortController();
    const asked = fetch(`${service.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify(ENDLESS),
      signal: gone.signal,
    });
    const told = asked.catch((error: unknown) => String(error));
    await expect.poll(commandsOfChildren, PATIENCE).toContain('RECURSIVE');
    gone.abort();
    expect(await told).toMatch(/abort/i);
    const next = await call(service, `POST /api/v1/${path}`, { token, body: { max_samples: 20 } });
    expect(next.status).toBe(200);
    await expect
      .poll(() => readdirSync(folder).join(' '), PATIENCE)
      .not.toContain('plimsoll-asked');
  },
);

const PATIENCE = { timeout: 100_000 };

function commandsOfChildren(): string {
  const { pid = 0 } = service.child;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return children.map(commandOf).join(' ');
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

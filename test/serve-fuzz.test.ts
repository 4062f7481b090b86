/**
 * @file Hostile requests to each route that /openapi.json names, for a real service:
 *
 *     PLIMSOLL_FUZZ_REQUESTS=10000 PLIMSOLL_FUZZ_SEED=7 npx vitest run test/serve-fuzz.test.ts
 *
 * A few hundred without these. The seed is printed, and a failure is shown by the smallest request that shows it.
 */
import * as fc from 'fast-check';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newRunId } from '#base';
import { type Scope, SCOPES, trainingOrderSchema } from '#protocol';
import { openStore, type Store } from '#store';
import { verdictOf } from '../src/protocol/verdict.test-support.ts';
import { send, type RawAnswer } from './serve-fuzz-http.ts';
import { problemOf } from './serve-fuzz-judge.ts';
import { operationsOf } from './serve-fuzz-operations.ts';
import { type Draft, draftOf } from './serve-fuzz-requests.ts';
import { call, startService, type TestService } from './service.ts';

const REQUESTS = Number(process.env['PLIMSOLL_FUZZ_REQUESTS'] ?? 400);
const SEED = Number(process.env['PLIMSOLL_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
/** Those that wait for a planner take a second; a test that takes as long as this hangs. */
const HANGS_MS = 120_000 + 500 * REQUESTS;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-fuzz-'));
const data = join(folder, 'data');
const secret = join(folder, 'secret');
const canary = join(secret, 'canary.txt');
const CANARY = `canary-${newRunId()}`;
const WRONG = `plimsoll_${'w'.repeat(43)}`;

let service: TestService;
let store: Store;
const tokens = new Map<Scope, { readonly id: number; readonly token: string }>();
/** all that ever were */
const told = new Set<string>([WRONG]);

beforeAll(async () => {
  mkdirSync(secret);
  mkdirSync(join(data, 'files'), { recursive: true });
  writeFileSync(canary, CANARY);
  symlinkSync(secret, join(data, 'files/link'));
  symlinkSync(canary, join(data, 'files/link-to-canary'));
  writeFileSync(join(data, 'files/examples.jsonl'), '{"input": "a", "output": "b"}\n');
  // No run fits: each is planned, and refused. Nobody is to be slowed down here.
  const words = ['--memory', '400M', '--reserve', '399M', '--rate-limit', '1000000'];
  service = await startService(data, ...words);
  store = openStore(data, { alone: false });
  for (const scope of SCOPES) makeToken(scope);
  stock();
});
afterAll(async () => {
  store.close();
  await service.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

function makeToken(scope: Scope): void {
  const made = store.tokens.create({ name: `fuzz ${scope}`, scope });
  tokens.set(scope, made);
  told.add(made.token);
}

/** Runs that have ended, with files, one of them a job: deleted ones are made up for. */
function stock(): void {
  const missing = 20 - store.runs.list({ limit: 20, status: 'completed' }).length;
  for (let i = 0; i < missing; i++) complete(newRunId());
  if (!store.files.byId('file-fuzz')) {
    const about = {
      name: 'a.jsonl',
      purpose: 'fine-tune',
      bytes: 30,
      created_by: 'somebody',
    } as const;
    store.files.add({ id: 'file-fuzz', run_id: null, ...about });
    writeFileSync(join(data, 'uploads/file-fuzz.jsonl'), '{"input": "a", "output": "b"}\n');
  }
  if (!store.runs.byIdentifier('fuzz')) {
    const run_id = complete('fuzz');
    const none = { validation_file: null, suffix: null, metadata: null };
    const hyperparameters = '{"n_epochs":1,"batch_size":"auto","learning_rate_multiplier":"auto"}';
    store.jobs.add({ run_id, training_file: 'file-fuzz', hyperparameters, ...none });
  }
}

function complete(identifier: string): number {
  const outputDir = join(data, 'runs', identifier);
  const order = trainingOrderSchema.parse({});
  const run = { identifier, order, outputDir, triggeredBy: 'somebody', retryOf: null };
  const placed = store.states.enqueue(run, false);
  if ('active' in placed) throw new Error('expected a new run');
  const { id } = placed.run;
  store.transaction(() => {
    store.states.predicted(id, 90, 100, {});
    store.states.begin(id, { command: ['train'], memory: 100, correction: 0 });
    store.states.launched(id, 1, 'handle');
    store.states.ended(id, 1, verdictOf('completed'));
    store.states.finish(id, { status: 'completed' });
  });
  mkdirSync(join(outputDir, 'adapter'), { recursive: true });
  writeFileSync(join(outputDir, 'output.log'), 'printed\n');
  writeFileSync(join(outputDir, 'adapter/weights.bin'), 'weights');
  symlinkSync(canary, join(outputDir, 'link-to-canary'));
  symlinkSync(secret, join(outputDir, 'link'));
  return id;
}

test(
  `${REQUESTS} requests of every kind: refused in one shape, or answered as documented`,
  { timeout: HANGS_MS },
  async () => {
    console.log(`seed ${SEED}`);
    const untouched = seal();
    const port = Number(new URL(service.url).port);
    const operations = operationsOf((await call(service, 'GET /openapi.json')).body);
    const numRuns = Math.ceil(REQUESTS / operations.length);
    const counts = new Map<string, Map<number, number>>();
    let sent = 0;
    for (const [i, operation] of operations.entries()) {
      const name = `${operation.method} ${operation.path}`;
      const statuses = new Map<number, number>();
      counts.set(name, statuses);
      const property = fc.asyncProperty(draftOf(operation, [canary]), async (draft) => {
        if (sent % 20 === 0) stock();
        const request = requestOf(draft, ++sent);
        const answer = await send(port, request);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        renewRevoked(answer, draft);
        expect(problemOf(answer, draft, operation, operations)).toBeNull();
        expect(answer.body).not.toContain(CANARY);
      });
      await fc.assert(property, { seed: SEED + i, numRuns });
    }
    console.log(tableOf(counts));
    expect(sent).toBeGreaterThanOrEqual(REQUESTS);
    expect((await call(service, 'GET /health')).status).toBe(200);
    untouched();
    const kept = JSON.stringify([store.audit.list(100_000), store.events.after(0, 1e6)]);
    for (const token of told) {
      expect(service.log()).not.toContain(token);
      expect(kept).not.toContain(token);
    }
    expect(service.log()).not.toContain('a call failed');
    expect(service.log()).not.toContain(CANARY);
  },
);

/** Looks later whether what is outside the data folder is as it was, and unread. */
function seal(): () => void {
  const longAgo = new Date('2020-01-01');
  const state = () => ({
    around: readdirSync(folder),
    beside: readdirSync(secret),
    read: statSync(canary).atimeMs,
    changed: statSync(canary).mtimeMs,
  });
  utimesSync(canary, longAgo, new Date());
  const before = state();
  return () => {
    expect(state()).toEqual(before);
    expect(readFileSync(canary, 'utf8')).toBe(CANARY);
    // Where the time of reading is kept (mount(8), relatime), this one is seen.
    if (statSync(canary).atimeMs === before.read)
      console.log('this disk does not tell what was read');
  };
}

/** From an address of its own: what is limited for each address is not what is looked at here. */
function requestOf(draft: Draft, n: number) {
  const { who, way, method, target, body } = draft;
  const token = who === 'nobody' || who === 'wrong' ? WRONG : (tokens.get(who)?.token ?? '');
  const completed = store.runs.list({ limit: 20, status: 'completed' });
  const runs = [...completed, ...store.runs.list({ limit: 10 })];
  const filled = target
    .replaceAll('TOKEN', token)
    .replaceAll(/KNOWN(\d+)/g, (_, i) => String(runs[Number(i) % runs.length]?.id ?? 1));
  const access =
    way === 'bearer'
      ? (['Authorization', `Bearer ${token}`] as const)
      : (['X-HomeIQ-API-Key', token] as const);
  const headers = who === 'nobody' ? draft.headers : [access, ...draft.headers];
  const from = `127.${(n >> 14) + 1}.${(n >> 7) & 127}.${(n & 127) + 1}`;
  return { method, target: filled, headers, body, from };
}

function renewRevoked({ status }: RawAnswer, { method }: Draft): void {
  if (method !== 'DELETE' || status !== 200) return;
  const revoked = new Set(store.tokens.list().flatMap((each) => (each.revokedAt ? each.id : [])));
  for (const [scope, { id }] of tokens) if (revoked.has(id)) makeToken(scope);
}

function tableOf(counts: ReadonlyMap<string, ReadonlyMap<number, number>>): string {
  return [...counts]
    .map(([name, statuses]) => {
      const all = [...statuses]
        .toSorted(([a], [b]) => a - b)
        .map(([status, n]) => `${status}: ${n}`);
      return `${name.padEnd(62)} ${all.join(', ')}`;
    })
    .join('\n');
}

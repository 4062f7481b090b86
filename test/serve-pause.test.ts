/**
 * @file A run that is paused and resumed again and again, its service killed (SIGKILL) at moments of chance meanwhile,
 * ends as one that was left alone: to the bit. PLIMSOLL_PAUSES=50 for more, PLIMSOLL_SEED for other moments.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uniform } from '#base';
import { type ServiceRun, serviceRunSchema } from '#protocol';
import { call, firstTokenOf, runWhen, startService, type TestService } from './service.ts';
import { writeExamples, writeSmallModel } from './small-model.ts';

const PAUSES = Number(process.env['PLIMSOLL_PAUSES'] ?? 4);
const SEED = Number(process.env['PLIMSOLL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = '/api/v1/admin/training/runs';
const WORDS = ['--memory', '1G', '--concurrency', '1'];
/** Some seconds of work. */
const ORDER = { base_model: 'model', data: 'data.jsonl', max_steps: 800, epochs: 10_000 };

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-pause-'));
let service: TestService;
let token: string;
beforeAll(async () => {
  mkdirSync(join(folder, 'files'));
  writeSmallModel(join(folder, 'files/model'));
  writeExamples(join(folder, 'files/data.jsonl'), 8);
  service = await startService(folder, ...WORDS);
  token = firstTokenOf(service);
});
afterAll(async () => {
  await service.end('SIGTERM');
  rmSync(folder, { recursive: true });
});

async function ordered(): Promise<number> {
  const answer = await call(service, 'POST /api/v1/admin/training/trigger', { token, body: ORDER });
  return serviceRunSchema.parse(answer.body).id;
}

const ask = async (verb: string, id: number) =>
  await call(service, `POST ${RUNS}/${id}/${verb}`, { token });
const ended = ({ finishedAt }: ServiceRun) => finishedAt !== null;

test(
  `${PAUSES} pauses and as many kills, seed ${SEED}`,
  { timeout: 120_000 + 30_000 * PAUSES },
  async () => {
    const alone = await runWhen(service, token, await ordered(), ended);
    expect(alone.status).toBe('completed');

    const id = await ordered();
    let [waited, at] = [0, 0];
    for (let n = 0; n < PAUSES; n++) {
      const isFurther = ({ progress }: ServiceRun) => (progress?.step ?? 0) > at;
      const begun = await runWhen(service, token, id, (run) => ended(run) || isFurther(run));
      if (ended(begun)) break;
      await sleep(uniform(SEED, n, 0) * 300);
      const asked = await ask('pause', id);
      if (asked.status !== 202) break; // it has ended by itself
      await sleep(uniform(SEED, n, 1) * 500);
      await service.end('SIGKILL');
      service = await startService(folder, ...WORDS);
      const still = await runWhen(
        service,
        token,
        id,
        (run) => ended(run) || run.pause === 'paused',
      );
      if (ended(still)) break;
      expect(still).toMatchObject({ status: 'queued', queue: null });
      const { body } = await call(service, 'GET /api/v1/memory', { token });
      expect(body.runs).toEqual([]); // nobody else is there
      waited++;
      at = still.progress?.step ?? 0;
      expect((await ask('resume', id)).status).toBe(202);
      if (uniform(SEED, n, 2) < 0.5) {
        await sleep(uniform(SEED, n, 3) * 300);
        await service.end('SIGKILL');
        service = await startService(folder, ...WORDS);
      }
    }
    const run = await runWhen(service, token, id, ended);
    console.log(`paused ${waited} times, ${run.attempts.length} attempts`);
    expect(waited).toBeGreaterThan(0);
    expect(run.attempts.length).toBeGreaterThan(1);
    expect(run).toMatchObject({
      status: 'completed',
      pause: null,
      errorMessage: null,
      progress: alone.progress,
      finalLoss: alone.finalLoss,
    });
    const causes = run.attempts.map(({ cause }) => cause);
    expect(causes.at(-1)).toBe('completed');
    expect(new Set(causes.slice(0, -1))).toEqual(new Set(['cancelled']));
    expect(service.log()).not.toContain('"level":50');
  },
);

test('what is not to be paused is refused', async () => {
  const id = await ordered();
  await ask('pause', id);
  const cancelled = await ask('cancel', id);
  const state = await runWhen(service, token, id, ended);
  expect([cancelled.status, state.status]).toEqual([202, 'cancelled']);
  for (const verb of ['pause', 'resume']) {
    const refused = await ask(verb, id);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'RUN_STATE_WRONG']);
  }
  expect((await ask('pause', 999)).status).toBe(404);
});

/**
 * @file A run that the kernel kills until no plan is left, in a service that lives under a limit as in a container:
 * its page says why, and with the suggested limit, or under the same one with the suggested plan, it is run again, to
 * its end.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatBytes } from '#base';
import type { MemoryGroup } from '#kernel';
import {
  orderOfPlan,
  predictionSchema,
  remedySchema,
  type ServiceRun,
  serviceRunSchema,
} from '#protocol';
import { readRecord } from '#runs';
import { cgroupsUnavailable, createCgroup, type TestCgroup } from '../cgroup.ts';
import {
  call,
  firstTokenOf,
  runWhen,
  startWithin,
  type TestService,
  triggerRun,
} from '../service.ts';
import { eventsOf } from '../interrupted-training.ts';
import { writeExamples, writeSmallModel } from '../small-model.ts';
import { starve } from '../starve.ts';
import {
  expectNoSeriousFinding,
  NO_BROWSER,
  openBrowser,
  PATIENCE,
  signIn,
  visit,
  visitAs,
} from './browser.ts';

const MISSING = NO_BROWSER ?? cgroupsUnavailable();
if (MISSING !== null) console.warn(`skipped: ${MISSING}`);

const COMMAND = 'bin/plimsoll';
const RUNS = '/api/v1/admin/training/runs';
const MIB = 2 ** 20;
/** Some hundred steps a second. */
const ORDER = { base_model: 'model', data: 'data.jsonl', max_steps: 4000, epochs: 4000 };
/** All weights of a model that is not quite as small: AdamW's numbers are much of what it takes. */
const LARGE = { d_model: 192, d_kv: 32, d_ff: 768, num_heads: 6 };
const FULL = { ...ORDER, base_model: 'large', method: 'full', max_steps: 150, epochs: 150 };
/** Much of what it takes is kept for the backward pass: another plan computes that again. */
const LONG = { ...ORDER, base_model: 'wide', data: 'long.jsonl', batch_size: 8, max_steps: 160 };

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-web-'));
let around: TestCgroup;
let browser: Browser;
let service: TestService;
let token: string;

const runOf = async (id: number): Promise<ServiceRun> =>
  serviceRunSchema.parse((await call(service, `GET ${RUNS}/${id}`, { token })).body);

/** Each of its attempts is starved once it trains and has done so many steps, until the service gives it up. */
async function killedForGood(id: number, steps = 20): Promise<ServiceRun> {
  let done = 0;
  let [from, at] = [0, 0];
  for (;;) {
    const run = await runOf(id);
    if (run.finishedAt !== null) return run;
    const step = run.progress?.step ?? 0;
    if (run.attempts.length > done && at !== run.attempts.length) {
      [from, at] = [step, run.attempts.length];
    }
    if (run.attempts.length > done && step > from + steps) {
      await starved(run);
      done = run.attempts.length;
    }
    await sleep(50);
  }
}

/** Until its group is gone. */
async function starved({ runIdentifier, attempts }: ServiceRun): Promise<void> {
  const { version, path, folder: parent } = around.group;
  const again = attempts.length > 1 ? `-${attempts.length}` : '';
  const name = `plimsoll-${runIdentifier}${again}`;
  const group: MemoryGroup = { version, path: join(path, name), folder: join(parent, name) };
  const processes = readFileSync(join(group.folder, 'cgroup.procs'), 'utf8');
  const pids = processes.split('\n').filter(Boolean).map(Number);
  const [trainer] = pids.toSorted((a, b) => residentPages(b) - residentPages(a));
  if (trainer !== undefined) await starve(trainer, group);
  while (existsSync(group.folder)) await sleep(10);
}

function residentPages(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
}

/** Of each step that was done, the first first. */
function lossesOf({ outputDir }: ServiceRun): number[] {
  const losses: number[] = [];
  for (const event of eventsOf(outputDir))
    if (event.type === 'step') losses[event.step - 1] = event.loss;
  return losses;
}

/** What a reader of the screen says beside the name of a button. */
async function descriptionOf(button: Locator): Promise<string> {
  const ids = (await button.getAttribute('aria-describedby'))?.split(' ') ?? [];
  const texts = ids.map((id) => button.page().locator(`[id="${id}"]`).textContent());
  return (await Promise.all(texts)).join(' ');
}

/** Bytes under which the planner finds a plan, and under less none. */
async function smallestLimit(order: object): Promise<number> {
  const { body } = await call(service, 'POST /api/v1/plan', { token, body: order });
  return Math.ceil(predictionSchema.parse(body).smallest_limit_bytes! / MIB) * MIB;
}

describe.skipIf(MISSING !== null)(`a real kill${MISSING ? `: ${MISSING}` : ''}`, () => {
  beforeAll(async () => {
    mkdirSync(join(folder, 'files'));
    writeSmallModel(join(folder, 'files/model'));
    writeSmallModel(join(folder, 'files/large'), LARGE);
    writeSmallModel(join(folder, 'files/wide'), { d_ff: 1024 });
    writeExamples(join(folder, 'files/data.jsonl'), 8);
    writeExamples(join(folder, 'files/long.jsonl'), 8, 20);
    around = createCgroup({ limit: 900 * MIB });
    service = await startWithin(around.group.folder, folder, '--runs-on-stop', 'end');
    token = firstTokenOf(service);
    browser = await openBrowser();
  }, PATIENCE.timeout);
  afterAll(async () => {
    await browser?.close();
    await service?.end('SIGTERM');
    await around?.remove();
    rmSync(folder, { recursive: true });
  });

  test(
    'it is told with its evidence, and run again under the suggested limit by a button',
    async () => {
      const memory = await smallestLimit(ORDER);
      const id = await triggerRun(service, token, { ...ORDER, memory, checkpoint_every: 20 });
      const { page, complaints } = await visit(browser, `${service.url}/runs/${id}`);
      await signIn(page, token);
      const run = await killedForGood(id);
      expect(run).toMatchObject({
        status: 'failed',
        verdict: { cause: 'oom-own-limit', grade: 'proven' },
      });
      await page.locator('.run-head .badge.failed').waitFor(PATIENCE);
      await page.getByRole('tab', { name: 'Evidence and solutions' }).click();
      await page.getByText('Out of memory: its own limit').first().waitFor();
      for (const line of run.verdict?.evidence.slice(0, 2) ?? []) {
        await page.getByText(line).first().waitFor();
      }
      await expectNoSeriousFinding(page);

      const suggested = run.verdict?.remedies.find(({ limit }) => limit)?.limit?.bytes ?? 0;
      expect(suggested).toBeGreaterThan(memory);
      const name = `Run it again under ${suggested / MIB} MiB`;
      await page.getByRole('button', { name }).click();
      await page.waitForURL((url) => url.pathname === `/runs/${id + 1}`);
      await page.locator('.run-head .badge.completed').waitFor(PATIENCE);
      const again = await runWhen(service, token, id + 1, ({ finishedAt }) => finishedAt !== null);
      expect(again).toMatchObject({
        status: 'completed',
        limit: suggested,
        order: { ...ORDER, memory: suggested },
        attempts: [{ memoryBytes: suggested, cause: 'completed' }],
      });
      await page.getByText(`${ORDER.max_steps} of ${ORDER.max_steps}`).waitFor();
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    PATIENCE.timeout,
  );

  test(
    'by the suggested plan it is run again under the same limit, to its end, with the keyboard; that it learns something else is said',
    async () => {
      const memory = await smallestLimit(FULL);
      const id = await triggerRun(service, token, { ...FULL, memory });
      const run = await killedForGood(id);
      expect(run).toMatchObject({
        status: 'failed',
        verdict: { cause: 'oom-own-limit', grade: 'proven' },
      });

      const { page, complaints } = await visit(browser, `${service.url}/runs/${id}`);
      await signIn(page, token);
      await page.getByText('the same run, computed in less memory').waitFor();
      const { body } = await call(service, `GET ${RUNS}/${id}/solutions`, { token });
      const solutions = remedySchema.array().parse(body);
      const solution = solutions.find(({ retry }) => retry?.order.memory === memory);
      expect(solution).toMatchObject({
        change: expect.stringMatching(/^--optimizer-state 8bit: .* it fits/),
        retry: { order: { optimizer_state: '8bit' }, same_result: false },
      });
      const predicted = solution?.predicted_peak_bytes ?? 0;
      expect(predicted).toBeLessThan(memory);

      const env = { ...process.env, PLIMSOLL_TOKEN: token };
      const words = ['explain', String(id), '--server', service.url];
      expect(execFileSync(COMMAND, words, { env }).toString()).toContain(solution?.lines[0]);

      const item = page.getByRole('listitem').filter({ hasText: solution?.change ?? '' });
      await item.getByText(` · takes ${formatBytes(predicted)}`).waitFor();
      await item.getByText('As a command').click();
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await item.getByRole('button', { name: 'Copy this command' }).click();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(solution?.lines[0]);
      await expectNoSeriousFinding(page);
      const name = `Run it again with this change under ${memory / MIB} MiB`;
      const button = item.getByRole('button', { name });
      expect(await descriptionOf(button)).toMatch(
        /^--optimizer-state 8bit: .* A new run, from its start; it learns something else\.$/s,
      );
      await button.press('Enter');
      await page.waitForURL((url) => url.pathname === `/runs/${id + 1}`);
      await page.getByRole('link', { name: `again, of run ${id}` }).waitFor();
      await page.locator('.run-head .badge.completed').waitFor(PATIENCE);

      const again = await runWhen(service, token, id + 1, ({ finishedAt }) => finishedAt !== null);
      expect(again).toMatchObject({
        status: 'completed',
        retryOf: id,
        limit: memory,
        order: { ...FULL, ...solution?.retry?.order, memory },
        attempts: [{ memoryBytes: memory, cause: 'completed' }],
      });
      expect(readRecord(again.outputDir)?.plan.optimizerState).toBe('8bit');
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    PATIENCE.timeout,
  );

  test(
    'by the suggested plan alone it is run again under the same limit, to its end, and learns the same',
    async () => {
      const memory = 400 * MIB;
      const id = await triggerRun(service, token, { ...LONG, memory });
      const run = await killedForGood(id, 2);
      expect(run).toMatchObject({
        status: 'failed',
        errorMessage: expect.stringContaining('--memory-retries allows'),
      });
      const { page, complaints } = await visitAs(browser, token, `${service.url}/runs/${id}`);
      await page.getByText('the same run, computed in less memory').waitFor();
      const { body } = await call(service, `GET ${RUNS}/${id}/solutions`, { token });
      const [solution] = remedySchema.array().parse(body);
      const { memory: _, ...knobs } = solution?.retry?.order ?? {};
      expect(solution?.retry).toEqual({ order: { ...knobs, memory }, same_result: true });
      expect(knobs).toHaveProperty('recompute');
      const name = `Run it again with this plan under ${memory / MIB} MiB`;
      const button = page.getByRole('button', { name });
      expect(await descriptionOf(button)).toMatch(/it learns the same\.$/);
      await button.click();
      await page.waitForURL((url) => url.pathname === `/runs/${id + 1}`);
      await page.locator('.run-head .badge.completed').waitFor(PATIENCE);

      const again = await runOf(id + 1);
      expect(again).toMatchObject({
        retryOf: id,
        limit: memory,
        order: { ...LONG, ...knobs, memory },
        attempts: [{ memoryBytes: memory, cause: 'completed' }],
      });
      const plan = readRecord(again.outputDir)?.plan;
      expect(plan && orderOfPlan(plan)).toMatchObject(knobs);
      const [before, after] = [run, again].map(lossesOf);
      expect(before?.length).toBeGreaterThan(20);
      for (const [i, loss] of before!.entries()) expect(after![i]).toBeCloseTo(loss, 4);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    PATIENCE.timeout,
  );
});

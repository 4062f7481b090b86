/** @file Queue and machine on a page: one run runs, one waits, a model answers, and what the machine can prove. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machineSurveySchema, serviceRunSchema } from '#protocol';
import {
  call,
  firstTokenOf,
  runWhen,
  startService,
  type TestService,
  triggerRun,
} from '../service.ts';
import {
  drawInto,
  expectNoSeriousFinding,
  IS_WIDE,
  NO_BROWSER,
  openBrowser,
  PATIENCE,
  signIn,
  visit,
  visitAs,
} from './browser.ts';

if (NO_BROWSER !== null) console.warn(`skipped: ${NO_BROWSER}`);

const RUNS = '/api/v1/admin/training/runs';
/** Some minutes of work. */
const LONG = { max_samples: 200, max_steps: 20_000, epochs: 5000 };

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-web-'));
let browser: Browser;
let service: TestService;
let token: string;
/** has 400 MiB */
let first: number;
/** needs 300, and waits */
let second: number;

const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

describe.skipIf(NO_BROWSER !== null)(`the queue${NO_BROWSER ? `: ${NO_BROWSER}` : ''}`, () => {
  beforeAll(async () => {
    const words = ['--memory', '700M', '--concurrency', '4', '--runs-on-stop', 'end'];
    service = await startService(folder, ...words);
    token = firstTokenOf(service);
    browser = await openBrowser();
    first = await triggerRun(service, token, { ...LONG, memory: '400M' });
    await runWhen(service, token, first, ({ peak }) => peak !== null);
    const messages = [{ role: 'user', content: 'lamp on' }];
    const body = { model: 'plimsoll-mini', messages };
    const { status } = await call(service, 'POST /v1/chat/completions', { token, body });
    if (status !== 200) throw new Error(`expected an answer, got ${status}`);
    second = await triggerRun(service, token, { ...LONG, memory: '300M' });
    await runWhen(service, token, second, ({ limit }) => limit !== null);
    const nightly = { name: 'nightly', cron: '30 3 * * *', order: { max_samples: 40 } };
    await call(service, 'POST /api/v1/schedules', { token, body: nightly });
  }, PATIENCE.timeout);
  afterAll(async () => {
    await browser?.close();
    await service?.end('SIGTERM');
    rmSync(folder, { recursive: true });
  });

  test('who has how much, in a picture, in words and in numbers; who waits for what', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/queue`);
    await signIn(page, token);
    const words = `Run ${first}, plimsoll-mini: 400 MiB, of which \\d+(\\.\\d)? MiB in use; Answers of plimsoll-mini: `;
    await page.getByRole('img', { name: new RegExp(words) }).waitFor();
    const { body: memory } = await call(service, 'GET /api/v1/memory', { token });
    const used: number = memory.runs[0].used;
    expect(used).toBeGreaterThan(2 ** 20);
    expect(used).toBeLessThan(400 * 2 ** 20);
    const shared = region(page, 'Memory shared out');
    await shared.getByRole('row', { name: /The service itself/ }).waitFor();
    await shared.getByRole('row', { name: /Free/ }).waitFor();

    const waits = region(page, 'Queue').getByRole('row', { name: new RegExp(`${second} plim`) });
    const { body } = await call(service, `GET ${RUNS}/${second}`, { token });
    const { place, reason } = serviceRunSchema.parse(body).queue ?? { place: 0, reason: '' };
    expect(place).toBe(1);
    expect(reason).toMatch(/^it needs 300 MiB, and .* are free beside run/);
    await waits.getByText(reason.slice(3)).waitFor();
    await waits.getByText('more than is free').waitFor();

    const doctor = await call(service, 'GET /api/v1/doctor', { token });
    const survey = machineSurveySchema.parse(doctor.body);
    expect(survey.proves.length).toBeGreaterThan(0);
    for (const { by } of survey.proves) {
      await region(page, 'Machine').getByText(`by: ${by}`).first().waitFor();
    }
    await region(page, 'Machine').getByText('0.1.0').waitFor();
    await region(page, 'Schedules').getByText('30 3 * * *').waitFor();
    await expectNoSeriousFinding(page);
    await drawInto(page, 'dashboard-queue');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForTimeout(300);
    await expectNoSeriousFinding(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('on a phone nothing is wider than the screen; a token that may only look changes nothing', async () => {
    const made = await call(service, 'POST /api/v1/tokens', {
      token,
      body: { name: 'guest', scope: 'read' },
    });
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const { page } = await visit(browser, `${service.url}/queue`, phone);
    await signIn(page, made.body.token);
    const pause = page.getByRole('button', { name: `Pause run ${second}` });
    await pause.waitFor();
    expect(await pause.isDisabled()).toBe(true);
    expect(await page.evaluate(IS_WIDE)).toBe(false);
    await expectNoSeriousFinding(page);
    await page.context().close();
  });

  test('who waits gets another priority, and begins before who was before it', async () => {
    const third = await triggerRun(service, token, { ...LONG, memory: '300M' });
    const { page, complaints } = await visitAs(browser, token, `${service.url}/queue`);
    const waiting = region(page, 'Queue').getByRole('row', { name: /plimsoll-mini/ });
    await waiting
      .nth(1)
      .getByRole('link', { name: `${third} plim` })
      .waitFor();
    const priority = page.getByLabel(`Priority of run ${third}`);
    await priority.fill('high');
    await priority.press('Enter');
    await page.getByRole('alert').getByText("expected a number, got 'high'").waitFor();
    await expectNoSeriousFinding(page);
    await priority.fill('7');
    await priority.press('Enter');
    await waiting
      .nth(0)
      .getByRole('link', { name: `${third} plim` })
      .waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await priority.inputValue()).toBe('7');
    const path = `POST ${RUNS}/${third}`;
    const set = async (body: object) => await call(service, `${path}/priority`, { token, body });
    expect((await set({ priority: 101 })).status).toBe(422);
    expect((await set({ priority: -3 })).body).toMatchObject({ priority: -3, status: 'queued' });
    await waiting
      .nth(1)
      .getByRole('link', { name: `${third} plim` })
      .waitFor(); // the page hears of it
    await expect.poll(() => priority.inputValue()).toBe('-3');
    await call(service, `${path}/cancel`, { token });
    expect((await set({ priority: 1 })).status).toBe(409);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test(
    'who waits is paused and goes on waiting; when memory is free it begins, and the page shows it',
    async () => {
      const { page, complaints } = await visit(browser, `${service.url}/queue`);
      await signIn(page, token);
      await page.getByRole('button', { name: `Pause run ${second}` }).click();
      await page.getByText('It was paused, and waits until it is resumed.').waitFor();
      await page.getByRole('button', { name: `Resume run ${second}` }).click();
      await page.getByText('more than is free').waitFor();

      const runs = region(page, 'Memory shared out').getByRole('row', { name: /Run \d+,/ });
      await runs.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText(`Cancel run ${first}?`).waitFor();
      await page.getByRole('button', { name: 'Yes, cancel it' }).click();
      await page.getByText('Nobody waits.').waitFor(PATIENCE);
      await runs.getByRole('link', { name: `Run ${second},` }).waitFor(PATIENCE);

      await region(page, 'Schedules').getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('button', { name: 'Yes, delete it' }).click();
      await page.getByText('There are none.').waitFor();
      expect((await call(service, 'GET /api/v1/schedules', { token })).body).toEqual([]);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    PATIENCE.timeout,
  );
});

/** @file "Start training": by one click to completed, with parameters of one's own, refused where it cannot fit. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataFileSchema, predictionSchema, type ServiceRun } from '#protocol';
import { call, firstTokenOf, startService, type TestService } from '../service.ts';
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

const MIB = 2 ** 20;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-web-'));
let browser: Browser;
let service: TestService;
let token: string;

const open = async (path: string, options = {}) =>
  await visitAs(browser, token, `${service.url}${path}`, options);

async function runs(): Promise<ServiceRun[]> {
  return (await call(service, 'GET /api/v1/admin/training/runs', { token })).body;
}

const lineOf = (_: unknown, n: number) =>
  `${JSON.stringify({ prompt: `lamp ${n}`, completion: `on ${n}` })}\n`;

/** Files that were sent. */
const kept = () => readdirSync(join(folder, 'uploads'));
const startButton = (page: Page) =>
  page.getByRole('button', { name: 'Start training', exact: true });
const group = (page: Page, name: string) => page.getByRole('group', { name, exact: true });
const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });

/** What is told of the run as it is filled in. */
function told(page: Page, text: string | RegExp) {
  return page.getByRole('region', { name: 'What it will take' }).getByText(text);
}

describe.skipIf(NO_BROWSER !== null)(`Start training${NO_BROWSER ? `: ${NO_BROWSER}` : ''}`, () => {
  beforeAll(async () => {
    service = await startService(folder, '--memory', '700M', '--concurrency', '1');
    token = firstTokenOf(service);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.end('SIGTERM');
    rmSync(folder, { recursive: true });
  });

  test(
    'one click starts a run with everything as it is preset, and it is watched until it has completed',
    async () => {
      const { page, complaints } = await open('/');
      await page.getByRole('button', { name: 'Start Training', exact: true }).click();
      await page.waitForURL(/\/runs\/\d+$/);
      await page.locator('.run-head .badge.running').waitFor(PATIENCE);
      await page.getByRole('img', { name: /^Loss\. training from/ }).waitFor(PATIENCE);
      await page.locator('.run-head .badge.completed').waitFor(PATIENCE);
      const [run] = await runs();
      expect(run?.status).toBe('completed');
      expect(run?.order).toEqual({ training_type: 'soft_prompt', priority: 0 });
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    PATIENCE.timeout,
  );

  test(
    'a run with parameters of its own is filled in and started by the keyboard',
    async () => {
      const { page, complaints } = await open('/start');
      await told(page, 'Fits').waitFor();
      await field(page, 'Epochs').fill('1');
      await field(page, 'Samples, at most').fill('20');
      await page.getByText('More', { exact: true }).press('Enter');
      await field(page, 'Steps, at most').fill('1');
      await field(page, 'Schedule of the rate').selectOption('constant');
      await field(page, 'Type').fill('by-hand');
      await field(page, 'Type').press('Enter');
      await page.waitForURL(/\/runs\/\d+$/);
      await page.locator('.run-head .badge.completed').waitFor(PATIENCE);
      const [run] = await runs();
      const order = { epochs: 1, max_samples: 20, max_steps: 1, schedule: 'constant' };
      expect(run?.order).toEqual({ ...order, training_type: 'by-hand', priority: 0 });
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    PATIENCE.timeout,
  );

  test('a run that cannot fit is refused with the numbers, and what would do is taken', async () => {
    const before = (await runs()).length;
    const { page, complaints } = await open('/start');
    await told(page, 'Fits').waitFor();
    await field(page, 'Method').selectOption('full');
    await field(page, 'Memory limit').fill('130M');
    await told(page, 'Cannot fit').waitFor();
    const order = { method: 'full', memory: '130M' };
    const { body } = await call(service, 'POST /api/v1/plan', { token, body: order });
    const { predicted_peak_bytes: peak, smallest_limit_bytes: smallest } =
      predictionSchema.parse(body);
    const [peakText, smallestText] = [peak, smallest ?? 0].map(
      (bytes) => `${Math.round(bytes / MIB)} MiB`,
    );
    await told(page, new RegExp(`130 MiB.*${peakText}.*${smallestText}`)).waitFor();
    await startButton(page).click();
    await page.getByRole('alert').getByText('Nothing was started: it cannot fit.').waitFor();
    await expectNoSeriousFinding(page);
    expect((await runs()).length).toBe(before);
    expect(page.url()).toBe(`${service.url}/start`);
    await page.getByRole('button', { name: /^Ask for/ }).click();
    await told(page, /^Fits/).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a field that is wrong is named with its rule, and nothing starts', async () => {
    const before = (await runs()).length;
    const { page, complaints } = await open('/start');
    await field(page, 'Epochs').fill('two');
    await page.getByText("epochs: expected a number, got 'two'").waitFor();
    expect(await field(page, 'Epochs').getAttribute('aria-invalid')).toBe('true');
    expect(await field(page, 'Epochs').getAttribute('aria-describedby')).toContain(
      'epochs-problem',
    );
    await expectNoSeriousFinding(page);
    await startButton(page).click();
    await page.getByRole('region', { name: 'Start' }).getByRole('alert').waitFor();
    await expect
      .poll(() => page.evaluate('document.activeElement.id'), { timeout: 60_000 })
      .toBe('epochs');
    await field(page, 'Epochs').fill('2');
    await told(page, 'Fits').waitFor();
    await field(page, 'Held out').fill('2');
    await page.getByText('held_out: expected').first().waitFor();
    await page.getByRole('button', { name: 'Back to the defaults' }).click();
    await told(page, 'Fits').waitFor();
    await group(page, 'Data').getByLabel('A file that the service has').check();
    await startButton(page).click();
    await page.getByText('expected the path of a file, got none').first().waitFor();
    await field(page, 'Path').fill('/etc/passwd');
    await page.getByText('expected a file or folder below one of the roots').first().waitFor();
    expect((await runs()).length).toBe(before);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a file is sent, can be cancelled, and is previewed with what will be skipped', async () => {
    const { page, complaints } = await open('/start');
    await page.getByText('640 examples').waitFor(); // those of the bundled data
    await group(page, 'Data').getByLabel('A file that you send').check();
    await startButton(page).click();
    await page.getByText('expected a file that was sent, got none').first().waitFor();

    const line = JSON.stringify({ prompt: 'light on', completion: 'yes' });
    const bad = { name: 'bad.jsonl', mimeType: '', buffer: Buffer.from(`${line}\n{"a": 1}\n`) };
    await page.getByLabel('File', { exact: true }).setInputFiles(bad);
    await page.getByRole('alert').getByText('bad.jsonl, line 2').waitFor();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await expectNoSeriousFinding(page);

    const slow = await page.context().newCDPSession(page);
    const network = { offline: false, latency: 0, downloadThroughput: -1 };
    const limit = async (uploadThroughput: number) =>
      await slow.send('Network.emulateNetworkConditions', { ...network, uploadThroughput });
    await slow.send('Network.enable');
    await limit(20_000);
    const large = {
      name: 'large.jsonl',
      mimeType: '',
      buffer: Buffer.from(`${line}\n`.repeat(9e4)),
    };
    await page.getByLabel('File', { exact: true }).setInputFiles(large);
    await page.getByRole('progressbar', { name: 'Sending large.jsonl' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('progressbar').waitFor({ state: 'detached' });
    await limit(-1);
    await expect.poll(kept, { timeout: 60_000 }).toEqual([]);

    const buffer = readFileSync('assets/examples/household.db');
    await page
      .getByLabel('File', { exact: true })
      .setInputFiles({ name: 'history.db', mimeType: '', buffer });
    await page.getByText('history.db is there').waitFor();
    await page.getByText('30 will be skipped').waitFor();
    await page.getByText('Why they are skipped').click();
    await page.getByText('8: suggestions are not a list').waitFor();
    await field(page, 'Source, tokens').fill('5');
    await page.getByText('5 tokens, cut').first().waitFor();
    await told(page, 'Fits').waitFor();
    await expectNoSeriousFinding(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test(
    'a file that was sent before is found by its name, trained on, and evaluated on one of its own',
    async () => {
      const send = async (name: string, count: number) => {
        const body = new FormData();
        body.set('file', new File(Array.from({ length: count }, lineOf), name));
        const headers = { Authorization: `Bearer ${token}` };
        const answer = await fetch(`${service.url}/api/v1/data`, { method: 'POST', body, headers });
        return dataFileSchema.parse(await answer.json()).path;
      };
      const [trained, evaluated] = [await send('lamps.jsonl', 12), await send('exam.jsonl', 3)];
      for (let i = 0; i < 51; i++) await send(`other-${i}.jsonl`, 1);

      const { page, complaints } = await open('/start');
      const [data, heldOut] = [group(page, 'Data'), group(page, 'Held-out data')];
      await heldOut.getByLabel('A file that was sent before').check();
      await page.getByText('640 examples').waitFor(); // what is there is read all the same
      await startButton(page).click();
      await heldOut.getByText('expected a file that was sent, got none').waitFor();
      await heldOut.getByRole('combobox').click();
      await page.getByRole('option', { name: /other-50/ }).waitFor();
      expect(await page.getByRole('option', { name: /exam/ }).count()).toBe(0);
      await heldOut.getByRole('combobox').fill('EXAM');
      await page.getByRole('option', { name: /exam\.jsonl, \d+ B/ }).click();
      await heldOut.getByText('3 examples').waitFor();
      await data.getByLabel('A file that was sent before').check();
      await data.getByRole('combobox').fill('lamps');
      await page.getByRole('option', { name: /lamps/ }).waitFor();
      await data.getByRole('combobox').press('Enter');
      await data.getByText('12 examples').waitFor();
      await told(page, 'Fits').waitFor();
      await expectNoSeriousFinding(page);
      await heldOut.getByLabel('What to select').fill('SELECT 1');
      await heldOut.getByText('expected --query only with a SQLite database').waitFor();
      expect(await data.getByRole('alert').count()).toBe(0);
      await heldOut.getByLabel('What to select').fill('');
      await field(page, 'Epochs').fill('1');
      await startButton(page).click();
      await page.waitForURL(/\/runs\/\d+$/);
      await page.locator('.run-head .badge.completed').waitFor(PATIENCE);
      const [run] = await runs();
      const order = { data: trained, valid_data: evaluated, epochs: 1 };
      expect(run?.order).toEqual({ ...order, training_type: 'soft_prompt', priority: 0 });
      const progress = `GET /api/v1/admin/training/runs/${run?.id}/progress`;
      const { body } = await call(service, progress, { token });
      expect(body.evaluations.length).toBeGreaterThan(0);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    PATIENCE.timeout,
  );

  test('a question is taken back when it has changed; what does not answer is tried again', async () => {
    const { page } = await open('/start');
    await told(page, 'Fits').waitFor();
    const takenBack: string[] = [];
    page.on('requestfailed', (request) => takenBack.push(request.postData() ?? ''));
    await page.route('**/api/v1/plan', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      await route.continue().catch(() => undefined); // it may be taken back by then
    });
    await field(page, 'Batch size').fill('3');
    await page.waitForRequest((request) => request.postData() === '{"batch_size":3}');
    await field(page, 'Batch size').fill('4');
    await told(page, 'The planner looks …').waitFor();
    await told(page, 'Fits').waitFor();
    expect(takenBack).toContain('{"batch_size":3}');
    await page.unroute('**/api/v1/plan');
    await page.route('**/api/v1/plan', (route) => route.abort());
    await field(page, 'Batch size').fill('5');
    await page.getByRole('alert').getByText('The service does not answer').waitFor();
    await page.unroute('**/api/v1/plan');
    await page.getByRole('button', { name: 'Try again' }).click();
    await told(page, 'Fits').waitFor();
    await page.context().close();
  });

  test('a token that may only look sees what a run would take, and why it cannot start it', async () => {
    const made = await call(service, 'POST /api/v1/tokens', {
      token,
      body: { name: 'guest', scope: 'read' },
    });
    const { page, complaints } = await visit(browser, `${service.url}/start`);
    await signIn(page, made.body.token);
    await told(page, 'Fits').waitFor();
    await page.getByText('Starting needs a token with scope run').waitFor();
    expect(await startButton(page).isDisabled()).toBe(true);
    await expectNoSeriousFinding(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('on a phone, in the dark', async () => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const { page } = await open('/start', { ...phone, colorScheme: 'dark' });
    await told(page, 'Fits').waitFor();
    await page.getByText('640 examples').waitFor();
    expect(await page.evaluate(IS_WIDE)).toBe(false);
    await expectNoSeriousFinding(page);
    await page.context().close();
  });

  test('the page as it is', async () => {
    const { page } = await open('/start');
    await page.getByText('640 examples').waitFor();
    await field(page, 'Method').selectOption('full');
    await field(page, 'Memory limit').fill('200M');
    await told(page, /^Fits/).waitFor();
    await page.waitForTimeout(500);
    await expectNoSeriousFinding(page);
    await drawInto(page, 'dashboard-start');
    await page.context().close();
  });
});

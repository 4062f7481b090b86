/** @file What was trained is tried on a page: a really tuned model beside its base, stopped, refused, asked again. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  call,
  firstTokenOf,
  runWhen,
  startService,
  type TestService,
  triggerRun,
} from '../service.ts';
import { writeSmallModel } from '../small-model.ts';
import {
  drawInto,
  expectNoSeriousFinding,
  IS_WIDE,
  NO_BROWSER,
  openBrowser,
  PATIENCE,
  signIn,
  visit,
} from './browser.ts';

if (NO_BROWSER !== null) console.warn(`skipped: ${NO_BROWSER}`);

const QUESTION = 'turn the heating down at night';
/** Of random weights: it hardly ever ends an answer, and takes seconds for as much as it can give. */
const ENDLESS = 'endless';
const SLOW = { n_positions: 2048, num_decoder_layers: 12 };

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-web-'));
let browser: Browser;
let service: TestService;
let token: string;
/** that made a model */
let run: number;

/** What a model says at temperature 0, by the API. */
async function saidBy(model: string): Promise<string> {
  const { body } = await call(service, 'POST /v1/chat/completions', {
    token,
    body: { model, messages: [{ role: 'user', content: QUESTION }], temperature: 0 },
  });
  return body.choices[0].message.content;
}

async function tunedId(): Promise<string> {
  const { body } = await call(service, 'GET /v1/models', { token });
  return body.data.find(({ id }: { id: string }) => id.startsWith('ft:')).id;
}

/** The newest process that answers, as the log names it. */
function answeringPid(): number {
  const opened = service
    .log()
    .split('\n')
    .filter((line) => line.includes('a model is opened to answer'));
  return JSON.parse(opened.at(-1) ?? '{}').pid;
}

/** Processor time, in hundredths of a second (proc(5), fields 14 and 15). */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

const tuned = (page: Page) => page.getByRole('region', { name: 'Tuned model' });
const base = (page: Page) => page.getByRole('region', { name: 'Base model' });

describe.skipIf(NO_BROWSER !== null)(`try it${NO_BROWSER ? `: ${NO_BROWSER}` : ''}`, () => {
  beforeAll(async () => {
    writeSmallModel(join(folder, 'files', ENDLESS), SLOW);
    service = await startService(folder, '--memory', '700M', '--runs-on-stop', 'end');
    token = firstTokenOf(service);
    browser = await openBrowser();
    run = await triggerRun(service, token, { max_samples: 60, max_steps: 12, epochs: 8 });
    await runWhen(service, token, run, ({ status }) => status === 'completed');
  }, PATIENCE.timeout);
  afterAll(async () => {
    await browser?.close();
    await service?.end('SIGTERM');
    rmSync(folder, { recursive: true });
  });

  test(
    'from its page a run leads to its model, beside its base; both say what they say by the API',
    async () => {
      const { page, complaints } = await visit(browser, `${service.url}/runs/${run}`);
      await signIn(page, token);
      await page.getByRole('link', { name: 'Try it' }).last().click();
      await page.getByLabel('Text').fill(QUESTION);
      await page.getByLabel('Text').press('Control+Enter');
      await tuned(page).getByText('tokens read').waitFor(PATIENCE);
      await base(page).getByText('tokens read').waitFor(PATIENCE);
      const id = await tunedId();
      const [ofTuned, ofBase] = [await saidBy(id), await saidBy('plimsoll-mini')];
      expect(ofTuned).not.toBe(ofBase); // else it would not be seen if one were asked twice
      expect(await tuned(page).locator('.answer-text').textContent()).toBe(ofTuned);
      expect(await base(page).locator('.answer-text').textContent()).toBe(ofBase);
      expect(await tuned(page).textContent()).toContain(id);
      expect(page.url()).not.toContain('heating'); // no text is in an address

      await page.getByRole('button', { name: 'Examples from its data' }).click();
      await page.getByText('it may have been trained on these').waitFor(PATIENCE);
      await page.locator('.examples li button').first().click();
      const { body: preview } = await call(service, 'POST /api/v1/data/preview', {
        token,
        body: { max_samples: 60, max_steps: 12, epochs: 8 },
      });
      const [{ source, target }] = preview.first;
      expect(await page.getByLabel('Text').inputValue()).toBe(source.text);
      await page.getByRole('region', { name: 'In the data' }).getByText(target.text).waitFor();
      await page.getByRole('button', { name: 'Ask both' }).click();
      await tuned(page).getByText('tokens read').waitFor(PATIENCE);
      await base(page).getByText('tokens read').waitFor(PATIENCE);
      await expectNoSeriousFinding(page);
      await page.waitForTimeout(300);
      await drawInto(page, 'dashboard-try');
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.waitForTimeout(300);
      await expectNoSeriousFinding(page);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    PATIENCE.timeout,
  );

  test(
    'an answer comes piece by piece, and is stopped: the service hears it, and rests',
    async () => {
      const { page, complaints } = await visit(
        browser,
        `${service.url}/try?model=${encodeURIComponent(ENDLESS)}`,
      );
      await signIn(page, token);
      await page.getByLabel('Text').fill('a b c');
      await page.getByLabel('Tokens, at most').fill('100000');
      await page.getByRole('button', { name: 'Ask it' }).click();
      await base(page).getByText('It answers …').waitFor(PATIENCE);
      const text = base(page).locator('.answer-text');
      const before = (await text.textContent()) ?? '';
      await expect
        .poll(async () => ((await text.textContent()) ?? '').length, PATIENCE)
        .toBeGreaterThan(before.length);
      await page.getByRole('button', { name: 'Stop' }).click();
      await base(page).getByText('Stopped.').waitFor();
      await sleep(500);
      const used = ticksOf(answeringPid());
      await sleep(500);
      expect(ticksOf(answeringPid()) - used).toBeLessThan(10); // it rests
      expect(await base(page).locator('.answer-text').textContent()).not.toBe('');
      await base(page).getByRole('button', { name: 'Ask again' }).click();
      await base(page).getByText('It answers …').waitFor(PATIENCE);
      await page.getByRole('button', { name: 'Stop' }).click();
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    PATIENCE.timeout,
  );

  test(
    'where a run has the memory, the refusal says so in numbers, and when to try again',
    async () => {
      const busy = await triggerRun(service, token, {
        max_samples: 200,
        max_steps: 20_000,
        epochs: 5000,
        memory: '560M',
      });
      await runWhen(service, token, busy, ({ progress }) => progress !== null);
      const { page, complaints } = await visit(browser, `${service.url}/try?run=${run}`);
      await signIn(page, token);
      await page.getByLabel('Text').fill(QUESTION);
      await page.getByRole('button', { name: 'Ask both' }).click();
      const refusal = page.getByRole('alert');
      await refusal.getByText(/MiB/).waitFor(PATIENCE);
      expect(await refusal.textContent()).toContain(`run ${busy} (560 MiB)`);
      await page.getByText('Not asked: the other could not answer.').waitFor();
      await page.getByRole('button', { name: /^Try again \(best in \d+ s\)$/ }).waitFor();
      await expectNoSeriousFinding(page);
      await call(service, `POST /api/v1/admin/training/runs/${busy}/cancel`, { token });
      await runWhen(service, token, busy, ({ finishedAt }) => finishedAt !== null);
      await page.getByRole('button', { name: /^Try again/ }).click();
      await tuned(page).getByText('tokens read').waitFor(PATIENCE);
      await base(page).getByText('tokens read').waitFor(PATIENCE);
      expect(await page.getByRole('alert').count()).toBe(0);
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    PATIENCE.timeout,
  );

  test('a token that may only look is told so; on a phone nothing is wider than the screen', async () => {
    const made = await call(service, 'POST /api/v1/tokens', {
      token,
      body: { name: 'guest', scope: 'read' },
    });
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const { page } = await visit(browser, `${service.url}/try`, phone);
    await signIn(page, made.body.token);
    await page.getByText('Asking needs a token with scope run').waitFor();
    expect(await page.getByRole('button', { name: 'Ask both' }).isDisabled()).toBe(true);
    expect(await page.evaluate(IS_WIDE)).toBe(false);
    await expectNoSeriousFinding(page);
    await page.goto(`${service.url}/try?run=77777`);
    await page.getByRole('alert').getByText('77777').waitFor();
    await page.goto(`${service.url}/try?model=gone`);
    await page.getByText('There is no such model').waitFor();
    await page.context().close();
  });
});

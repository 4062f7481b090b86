/** @file The dashboard while real runs train: seen from the start to the end, cancelled, over a service that is killed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
  NO_BROWSER,
  openBrowser,
  PATIENCE,
  signIn,
  visit,
} from './browser.ts';

if (NO_BROWSER !== null) console.warn(`skipped: ${NO_BROWSER}`);

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-web-'));
let browser: Browser;
let service: TestService;
let token: string;
let words: string[];

describe.skipIf(NO_BROWSER !== null)(
  `runs that train${NO_BROWSER ? `: ${NO_BROWSER}` : ''}`,
  () => {
    beforeAll(async () => {
      words = ['--memory', '700M', '--concurrency', '1', '--port', String(await freePort())];
      service = await startService(folder, ...words);
      token = firstTokenOf(service);
      browser = await openBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      await service?.end('SIGTERM');
      rmSync(folder, { recursive: true });
    });

    test(
      'a run is seen to begin, to take memory, to learn and to complete; the service is killed meanwhile, and nothing is missing',
      async () => {
        const { page, complaints } = await visit(browser, `${service.url}/`);
        await signIn(page, token);
        await page.getByText('Nothing has been trained yet.').waitFor();
        await page.getByText('Live', { exact: true }).waitFor();
        const id = await triggerRun(service, token, {
          max_samples: 60,
          max_steps: 12,
          epochs: 8,
          eval_every: 6,
        });
        await page.getByRole('link', { name: /plimsoll-mini/ }).click(); // it came by itself
        await page.getByText('Running', { exact: true }).waitFor(PATIENCE);
        await page.getByRole('img', { name: /^Loss\. training from/ }).waitFor(PATIENCE);
        await service.end('SIGKILL');
        await page.getByText('No connection').waitFor(PATIENCE);
        service = await startService(folder, ...words);
        await page.getByText('Live', { exact: true }).waitFor(PATIENCE);
        await page.locator('.run-head .badge.completed').waitFor(PATIENCE);
        await page.getByText('12 of 12').waitFor(PATIENCE);

        // What the page has now is what a page has that comes later.
        await page.getByRole('tab', { name: 'Events' }).click();
        await page.getByRole('rowheader', { name: 'finished' }).waitFor();
        const events = await call(service, `GET /api/v1/events?run=${id}&without=step&limit=1000`, {
          token,
        });
        expect(await page.locator('.events tbody tr').count()).toBe(events.body.length);
        const { body } = await call(service, `GET /api/v1/admin/training/runs/${id}/memory`, {
          token,
        });
        const highest = Math.max(
          ...body.map(({ unreclaimable }: { unreclaimable: number }) => unreclaimable),
        );
        await page.getByText('As a table').click();
        await page
          .getByRole('cell', { name: `${Math.round(highest / 2 ** 20)} MiB` })
          .first()
          .waitFor();

        await page.getByRole('tab', { name: 'Log' }).click();
        await page
          .getByLabel('Log', { exact: true })
          .getByText(/plimsoll-mini/)
          .first()
          .waitFor();
        await page.getByRole('tab', { name: 'Files' }).click();
        const download = page.waitForEvent('download');
        await page.getByRole('link', { name: 'training_run.json' }).click();
        expect((await download).suggestedFilename()).toBe('training_run.json');
        await page.getByText('As a table').click();
        await expectNoSeriousFinding(page);
        await page.getByRole('tab', { name: 'Log' }).click();
        await page.waitForTimeout(500);
        await drawInto(page, 'dashboard-run');
        expect(complaints).toEqual([]);
        await page.context().close();
      },
      PATIENCE.timeout,
    );

    test(
      'a run is cancelled, after a question; then run again, and compared',
      async () => {
        const id = await triggerRun(service, token, {
          max_samples: 200,
          max_steps: 2000,
          epochs: 500,
        });
        await runWhen(service, token, id, ({ progress }) => progress !== null);
        const { page, complaints } = await visit(browser, `${service.url}/runs/${id}`);
        await signIn(page, token);
        await page.getByRole('button', { name: 'Cancel' }).click();
        await page.getByRole('alertdialog').getByText('It saves a checkpoint and ends.').waitFor();
        await page.waitForTimeout(300);
        await expectNoSeriousFinding(page);
        await page.getByRole('button', { name: 'No, go back' }).click();
        expect(
          (await call(service, `GET /api/v1/admin/training/runs/${id}`, { token })).body.status,
        ).toBe('running');
        await page.getByRole('button', { name: 'Cancel' }).click();
        await page.getByRole('button', { name: 'Yes, cancel it' }).click();
        await page.locator('.run-head .badge.cancelled').waitFor(PATIENCE);
        await page.getByRole('combobox', { name: 'Compare with' }).click();
        await page.getByRole('option', { name: /completed/ }).click();
        await page.getByRole('region', { name: 'Numbers' }).getByText('12 of 12').waitFor();
        await expectNoSeriousFinding(page);
        await page.waitForTimeout(500);
        await drawInto(page, 'dashboard-compare');
        await page.getByRole('button', { name: 'Run again' }).click();
        await page.getByRole('link', { name: `again, of run ${id}` }).waitFor();
        await page.getByRole('button', { name: 'Cancel' }).click();
        await page.getByRole('button', { name: 'Yes, cancel it' }).click();
        await page.locator('.run-head .badge.cancelled').waitFor(PATIENCE);
        await page.getByRole('link', { name: 'Plimsoll' }).click();
        await page.locator('.runs-table tbody tr').nth(2).waitFor();
        await page.waitForTimeout(500);
        await drawInto(page, 'dashboard-runs');
        expect(complaints).toEqual([]);
        await page.context().close();
      },
      PATIENCE.timeout,
    );
  },
);

/** Given back just before it is taken: the service comes a second time to where the page looks for it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

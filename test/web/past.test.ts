/** @file The dashboard on a service with a long past: lists, a chart of 100,000 samples, verdicts, what goes wrong. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, firstTokenOf, startService, type TestService } from '../service.ts';
import {
  drawInto,
  expectNoSeriousFinding,
  IS_WIDE,
  NO_BROWSER,
  openBrowser,
  signIn,
  visit,
  visitAs,
} from './browser.ts';
import { plimsoll } from '../plimsoll.ts';
import { makePast, MANY_RUNS, type Past } from './history.ts';

if (NO_BROWSER !== null) console.warn(`skipped: ${NO_BROWSER}`);

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-web-'));
let browser: Browser;
let service: TestService;
let token: string;
let past: Past;

const open = async (path: string, options = {}) =>
  await visitAs(browser, token, `${service.url}${path}`, options);

const rows = (page: Page) => page.locator('.runs-table tbody tr');
const sky = 'getComputedStyle(document.documentElement).backgroundColor';

describe.skipIf(NO_BROWSER !== null)(`the dashboard${NO_BROWSER ? `: ${NO_BROWSER}` : ''}`, () => {
  beforeAll(async () => {
    past = makePast(folder);
    service = await startService(folder, '--memory', '700M');
    token = firstTokenOf(service);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.end('SIGTERM');
    rmSync(folder, { recursive: true });
  });

  test('one signs in with a token, which is then nowhere; a wrong one is told', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/?status=failed`);
    await page.getByLabel('Token').fill('plimsoll_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('unknown or revoked').waitFor();
    await expectNoSeriousFinding(page);
    await signIn(page, token);
    expect(page.url()).toBe(`${service.url}/?status=failed`);
    const kept = await page.evaluate(
      'JSON.stringify([document.cookie, localStorage, sessionStorage])',
    );
    expect(kept).not.toContain('plimsoll_');
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(cookie?.name).toMatch(/^plimsoll_session_[0-9a-f]{8}$/);
    expect(service.log()).not.toContain(token);
    expect(complaints).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.getByText('The session has ended').count()).toBe(0);
    await page.context().close();
  });

  test('10,000 runs: a page at a time, filtered and searched by the service', async () => {
    const { page, complaints } = await open('/');
    await rows(page).nth(49).waitFor();
    expect(await rows(page).count()).toBe(50);
    await page.getByRole('button', { name: 'Older runs' }).click();
    await page.getByText(`${MANY_RUNS - 48}`, { exact: true }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Failed' }).click();
    await page.getByText('Out of memory: its own limit').waitFor();
    expect(await rows(page).count()).toBe(1);
    await page.getByRole('button', { name: 'All' }).click();
    await page.getByRole('searchbox').fill('needle');
    await page.waitForURL(/search=needle/);
    await expect.poll(() => rows(page).count(), { timeout: 60_000 }).toBe(1);
    await page.getByRole('searchbox').fill('no such run');
    await page.getByText('No run has “no such run” in it.').waitFor();
    await expectNoSeriousFinding(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('100,000 samples: what is drawn is bounded, its peak is in it, and coming closer shows all of a part', async () => {
    const { page, complaints } = await open(`/runs/${past.long}`);
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/memory')) asked.push(request.url());
    });
    const chart = page.getByRole('img', { name: /^Memory over time/ });
    await chart.waitFor();
    await page.getByText('As a table').click();
    await page.getByRole('cell', { name: '430 MiB' }).waitFor();
    const closer = page.getByRole('button', { name: 'Closer' });
    for (let i = 0; i < 9; i++) await closer.click();
    await expect
      .poll(() => asked.some((url) => url.includes('from=')), { timeout: 60_000 })
      .toBe(true);
    const before = asked.length;
    await chart.focus();
    for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowRight');
    await page.waitForTimeout(50);
    expect(asked.length - before).toBeLessThan(10); // not one each time that it moves
    await page.keyboard.press('Home');
    await expectNoSeriousFinding(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a run that the kernel ended: where, on what evidence, and what would help', async () => {
    const { page, complaints } = await open(`/runs/${past.killed}`);
    await page.getByRole('tab', { name: 'Evidence and solutions', selected: true }).waitFor();
    await page.getByText('memory.oom_control: oom_kill 0 -> 1').waitFor();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy this change' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain('memory: 768M');
    await expectNoSeriousFinding(page);
    await page.waitForTimeout(500);
    await drawInto(page, 'dashboard-killed');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForTimeout(300);
    await expectNoSeriousFinding(page);
    await drawInto(page, 'dashboard-killed-dark');
    expect(await page.getByRole('button', { name: /under 768 MiB/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'Run it again with this plan under 512 MiB' }).click();
    await page.getByRole('alert').filter({ hasText: 'google/flan-t5-base' }).waitFor();
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/runs/${past.killed}`);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('two runs side by side, of which one is found among thousands', async () => {
    const { page, complaints } = await open(`/runs/${past.killed}`);
    const other = page.getByRole('combobox', { name: 'Compare with' });
    await other.click();
    const options = page.getByRole('listbox').getByRole('option');
    await options.nth(48).waitFor(); // the newest
    const [newest] = await options.allTextContents();
    await other.fill('no such run');
    await page.getByText('No other run has “no such run” in it.').waitFor();
    await other.fill('');
    await options.nth(48).waitFor();
    const held: Route[] = [];
    await page.route(/search=needle/, (route) => void held.push(route));
    await other.fill('needle');
    await expect.poll(() => held.length, { timeout: 60_000 }).toBe(1);
    await other.press('Enter'); // what is still listed is not what was typed, and is not taken
    expect(page.url()).toBe(`${service.url}/runs/${past.killed}`);
    await held[0]?.continue();
    await expect.poll(() => options.count(), { timeout: 60_000 }).toBe(1);
    expect(await options.first().textContent()).not.toBe(newest);
    await page.waitForTimeout(300);
    await expectNoSeriousFinding(page);
    await other.press('Enter'); // the first that was found
    await page.waitForURL(/with=\d+$/);
    const found = new URL(page.url()).searchParams.get('with');
    await page.getByRole('region', { name: `Memory of run ${found}` }).waitFor();
    await page.getByRole('button', { name: 'Alone again' }).click();
    await page.waitForURL(`${service.url}/runs/${past.killed}`);
    await page.goto(`${service.url}/runs/${past.killed}?with=${past.long}`);
    await page.getByRole('region', { name: 'Numbers' }).getByText('google/flan-t5-base').waitFor();
    expect(await other.inputValue()).toMatch(`${past.long} flan-t5-small, completed`);
    await expectNoSeriousFinding(page);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('on a phone nothing is wider than the screen', async () => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const { page } = await open('/', phone);
    await rows(page).first().waitFor();
    expect(await page.evaluate(IS_WIDE)).toBe(false);
    await expectNoSeriousFinding(page);
    await page.goto(`${service.url}/runs/${past.killed}`);
    await page.getByText('memory.oom_control: oom_kill 0 -> 1').waitFor();
    expect(await page.evaluate(IS_WIDE)).toBe(false);
    await expectNoSeriousFinding(page);
    await drawInto(page, 'dashboard-phone');
    await page.context().close();
  });

  test('light and dark are chosen, and stay chosen', async () => {
    const { page } = await open('/');
    await page.getByLabel('Light or dark').selectOption('dark');
    const dark = await page.evaluate(sky);
    await page.reload();
    await rows(page).first().waitFor();
    expect(await page.evaluate(sky)).toBe(dark);
    await expectNoSeriousFinding(page);
    await page.getByLabel('Light or dark').selectOption('light');
    expect(await page.evaluate(sky)).not.toBe(dark);
    await page.context().close();
  });

  test('a session that ends leads to the sign-in, says why, and back to the same place', async () => {
    const made = await call(service, 'POST /api/v1/tokens', {
      token,
      body: { name: 'guest', scope: 'run' },
    });
    const { page } = await visit(browser, `${service.url}/runs/${past.killed}`);
    await signIn(page, made.body.token);
    await page.getByText('memory.oom_control: oom_kill 0 -> 1').waitFor();
    // Nobody touches the page: another client revokes its token, or the command line does.
    await call(service, `DELETE /api/v1/tokens/${made.body.id}`, { token });
    await page.getByText('the token that it was begun with was revoked').waitFor();
    await expectNoSeriousFinding(page);
    expect(page.url()).toBe(`${service.url}/runs/${past.killed}`);
    const words = ['--name', 'other', '--scope', 'read', '--data-dir', folder];
    const other = plimsoll('token', 'create', ...words, '--json');
    const { id, token: text } = JSON.parse(other.stdout);
    await signIn(page, text);
    await page.getByText('memory.oom_control: oom_kill 0 -> 1').waitFor();
    plimsoll('token', 'revoke', String(id), '--data-dir', folder);
    await page.getByText('the token that it was begun with was revoked').waitFor();
    await signIn(page, token);
    await page.getByText('memory.oom_control: oom_kill 0 -> 1').waitFor();
    await page.context().close();
  });

  test('what one client deletes the others are told at once: in a list, on its page, beside another', async () => {
    const [list, itsPage, beside, own] = [
      await open('/?search=102'),
      await open('/runs/102'),
      await open(`/runs/${past.long}?with=102`),
      await open('/runs/102'),
    ].map(({ page }) => page);
    if (!list || !itsPage || !beside || !own) throw new Error('internal: no pages');
    const row = list.getByRole('rowheader', { name: '102 plimsoll-mini' });
    await row.waitFor();
    await itsPage.getByRole('heading', { name: 'plimsoll-mini' }).waitFor();
    await beside.getByRole('region', { name: 'Memory of run 102' }).waitFor();
    await own.getByRole('button', { name: 'Delete' }).click();
    await own.getByRole('button', { name: 'Yes, delete it' }).click();
    await own.waitForURL(`${service.url}/`);
    await rows(own).first().waitFor();
    await itsPage.getByRole('alert').getByText('Run 102 was deleted').waitFor();
    await beside.getByRole('alert').getByText('Run 102 was deleted').waitFor();
    await list.getByRole('status').getByText('Run 102 was deleted.').waitFor();
    await row.waitFor({ state: 'detached' });
    await expectNoSeriousFinding(itsPage);
    await expectNoSeriousFinding(list);
    await itsPage.goto(`${service.url}/runs/77777`);
    await itsPage.getByText('There is no run 77777').waitFor();
    for (const page of [list, itsPage, beside, own]) await page.context().close();
  });

  test('signed in to two services on one host, one stays signed in to both', async () => {
    const otherFolder = mkdtempSync(join(tmpdir(), 'plimsoll-web-'));
    const other = await startService(otherFolder, '--memory', '700M');
    try {
      const { page } = await open('/');
      await page.goto(other.url);
      await signIn(page, firstTokenOf(other));
      await page.getByText('Nothing has been trained yet.').waitFor();
      expect(await page.context().cookies()).toHaveLength(2);
      await page.goto(service.url);
      await rows(page).first().waitFor();
      await page.goto(other.url);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Token').waitFor();
      await page.goto(service.url);
      await rows(page).first().waitFor();
      await page.context().close();
    } finally {
      await other.end('SIGTERM');
      rmSync(otherFolder, { recursive: true });
    }
  });

  test("another site's page cannot use the session", async () => {
    const { page } = await open('/');
    const [cookie] = await page.context().cookies();
    const send = (headers: object) =>
      fetch(`${service.url}/api/v1/admin/training/runs/101`, {
        method: 'DELETE',
        headers: { Cookie: `${cookie?.name}=${cookie?.value}`, ...headers },
      });
    expect((await send({ 'Sec-Fetch-Site': 'same-site' })).status).toBe(403);
    expect((await send({ Origin: 'http://127.0.0.1:1' })).status).toBe(403);
    expect((await send({})).status).toBe(403);
    expect((await send({ 'Sec-Fetch-Site': 'same-origin' })).status).toBe(204);
    await page.context().close();
  });

  test('what does not answer is told, and tried again', async () => {
    const { page } = await open('/');
    await rows(page).first().waitFor();
    await page.route('**/api/v1/admin/training/runs?**', (route) => route.abort());
    await page.getByRole('button', { name: 'Completed' }).click();
    await page.getByText('The service does not answer').first().waitFor();
    await page.unroute('**/api/v1/admin/training/runs?**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('flan-t5-small').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.context().close();
  });
});

/** @file Debian's Chromium on the pages of a service: signed in, looked at by axe, drawn into docs/images. */
import { AxeBuilder } from '@axe-core/playwright';
import { existsSync, statSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const CHROMIUM = process.env['PLIMSOLL_CHROMIUM'] ?? '/usr/bin/chromium';

/** Why no page can be looked at here; null where they can. */
export const NO_BROWSER = existsSync(CHROMIUM)
  ? null
  : `needs Chromium: expected ${CHROMIUM}, got none (apt-get install chromium, or PLIMSOLL_CHROMIUM)`;

/** Of a test that waits for a training, on a machine that is busy with other tests. */
export const PATIENCE = { timeout: 600_000 };

/** For `page.evaluate`: whether a page is wider than what it is looked at through. */
export const IS_WIDE = 'document.documentElement.scrollWidth > innerWidth';

export async function openBrowser(): Promise<Browser> {
  // Its sandbox needs a kernel's help that containers refuse to root.
  return await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

export interface Visit {
  readonly page: Page;
  /** What the page has complained of so far: errors of its scripts, and what its policy has refused. */
  readonly complaints: readonly string[];
}

/** A page of a browser that has never been here. Slow machines are given their time. */
export async function visit(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(100_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const text = message.text();
    // The browser itself tells of each answer that is none of 200 to 399; the page tells its reader.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource'))
      complaints.push(text);
  });
  await page.goto(address);
  return { page, complaints };
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** As somebody who is signed in. */
export async function visitAs(
  browser: Browser,
  token: string,
  address: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const seen = await visit(browser, address, options);
  await signIn(seen.page, token);
  return seen;
}

/** No finding that axe calls serious or critical; each is told with what it is about. */
export async function expectNoSeriousFinding(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
  ).toEqual([]);
}

/** More would be felt in each clone. */
const MOST_BYTES = 150_000;

/** Where PLIMSOLL_SCREENSHOTS says so: else a test would change the repository. @param name of a file in docs/images */
export async function drawInto(page: Page, name: string): Promise<void> {
  if (process.env['PLIMSOLL_SCREENSHOTS'] === undefined) return;
  const path = `docs/images/${name}.png`;
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path, animations: 'disabled' });
  expect(statSync(path).size).toBeLessThan(MOST_BYTES);
}

/** @file The memory chart under fingers, on a phone: two come closer, one moves along the time, up and down scrolls the page. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, CDPSession } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstTokenOf, startService, type TestService } from '../service.ts';
import { NO_BROWSER, openBrowser, signIn, visit } from './browser.ts';
import { makePast, MANY_SAMPLES, type Past } from './history.ts';

if (NO_BROWSER !== null) console.warn(`skipped: ${NO_BROWSER}`);

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-touch-'));
let browser: Browser;
let service: TestService;
let past: Past;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Fingers that go from one place to another, in steps as a screen tells of them. */
async function fingers(
  devtools: CDPSession,
  ways: readonly (readonly [from: Point, to: Point])[],
): Promise<void> {
  const at = (part: number) =>
    ways.map(([from, to], id) => ({
      id,
      x: from.x + (to.x - from.x) * part,
      y: from.y + (to.y - from.y) * part,
    }));
  const touch = async (type: 'touchStart' | 'touchMove' | 'touchEnd', part: number) =>
    await devtools.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: type === 'touchEnd' ? [] : at(part),
    });
  await touch('touchStart', 0);
  for (let step = 1; step <= 12; step++) await touch('touchMove', step / 12);
  await touch('touchEnd', 1);
}

describe.skipIf(NO_BROWSER !== null)(`fingers${NO_BROWSER ? `: ${NO_BROWSER}` : ''}`, () => {
  beforeAll(async () => {
    past = makePast(folder);
    service = await startService(folder, '--memory', '700M');
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.end('SIGTERM');
    rmSync(folder, { recursive: true });
  });

  test('two come closer about what they hold, one moves along, and the page still scrolls', async () => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const { page, complaints } = await visit(browser, `${service.url}/runs/${past.long}`, phone);
    await signIn(page, firstTokenOf(service));
    /** seconds of the run that were asked for as closely as they were sampled */
    const asked: { readonly from: number; readonly to: number }[] = [];
    const table = page.locator('.memory-chart .as-table');
    const chart = page.locator('.memory-chart .u-over');
    await chart.waitFor();
    await table.scrollIntoViewIfNeeded();
    const start = Date.parse('2026-01-05T06:00:00.000Z');
    page.on('request', (request) => {
      const query = new URL(request.url()).searchParams;
      const [from, to] = [query.get('from'), query.get('to')];
      if (from === null || to === null) return;
      asked.push({ from: (Date.parse(from) - start) / 1000, to: (Date.parse(to) - start) / 1000 });
    });
    const scrolled = async () => await page.evaluate<number>('scrollY');
    const before = await scrolled();
    const box = await chart.boundingBox();
    if (!box) throw new Error('expected a chart on the page');
    const at = (x: number, y = 0.5): Point => ({
      x: box.x + box.width * x,
      y: box.y + box.height * y,
    });
    const devtools = await page.context().newCDPSession(page);

    await fingers(devtools, [
      [at(0.45), at(0.2, 0.4)],
      [at(0.55), at(0.8, 0.6)],
    ]);
    await expect.poll(() => asked.length, { timeout: 60_000 }).toBe(1);
    expect(await page.getByRole('button', { name: 'All' }).isEnabled()).toBe(true);
    const [closer] = asked;
    const span = ((closer?.to ?? 0) - (closer?.from ?? 0)) / 3;
    expect(span).toBeLessThan(MANY_SAMPLES / 5);
    expect(span).toBeGreaterThan(MANY_SAMPLES / 8);
    expect(((closer?.to ?? 0) + (closer?.from ?? 0)) / 2).toBeCloseTo(MANY_SAMPLES / 2, -4);

    await fingers(devtools, [[at(0.9), at(0.1)]]);
    await expect.poll(() => asked.length, { timeout: 60_000 }).toBe(2);
    const later = (asked[1]?.from ?? 0) - (closer?.from ?? 0);
    expect(later / span).toBeCloseTo(0.8, 1);
    expect(await scrolled()).toBe(before);

    await fingers(devtools, [[at(0.5, 0.3), at(0.5, 0.9)]]);
    await expect.poll(scrolled, { timeout: 60_000 }).toBeLessThan(before - 50);
    await page.waitForTimeout(500);
    expect(asked.length).toBe(2); // it scrolled, and the chart stayed

    await page.getByRole('button', { name: 'All' }).tap();
    await page.locator('.plot.moves').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

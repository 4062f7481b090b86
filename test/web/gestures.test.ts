/**
 * @file The memory chart moved by hand. On a phone two fingers come closer, one moves along the time, up and down scrolls
 * the page; a mouse chooses a part and drags it. What is seen then is told by what the page asks for.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, CDPSession, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstTokenOf, startService, type TestService } from '../service.ts';
import { NO_BROWSER, openBrowser, signIn, visit } from './browser.ts';
import { makePast, MANY_SAMPLES, type Past } from './history.ts';

if (NO_BROWSER !== null) console.warn(`skipped: ${NO_BROWSER}`);

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-gestures-'));
let browser: Browser;
let service: TestService;
let past: Past;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Seconds of a run that are asked for as closely as they were sampled. */
interface Part {
  readonly from: number;
  readonly to: number;
}

const START = Date.parse('2026-01-05T06:00:00.000Z');
const secondsTo = (time: string): number => (Date.parse(time) - START) / 1000;

/** From now on, the latest last. */
function partsAskedFor(page: Page): readonly Part[] {
  const parts: Part[] = [];
  page.on('request', (request) => {
    const query = new URL(request.url()).searchParams;
    const [from, to] = [query.get('from'), query.get('to')];
    if (from !== null && to !== null) parts.push({ from: secondsTo(from), to: secondsTo(to) });
  });
  return parts;
}

const NOTHING: Part = { from: 0, to: 0 };
/** What is looked at: as much again is asked for on both sides. */
const spanOf = ({ from, to }: Part): number => (to - from) / 3;
const middleOf = ({ from, to }: Part): number => (from + to) / 2;

async function placesIn(chart: Locator): Promise<(x: number, y?: number) => Point> {
  const box = await chart.boundingBox();
  if (!box) throw new Error('expected a chart on the page');
  return (x, y = 0.5) => ({ x: box.x + box.width * x, y: box.y + box.height * y });
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

describe.skipIf(NO_BROWSER !== null)(`by hand${NO_BROWSER ? `: ${NO_BROWSER}` : ''}`, () => {
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
    const table = page.locator('.memory-chart .as-table');
    const chart = page.locator('.memory-chart .u-over');
    await chart.waitFor();
    await table.scrollIntoViewIfNeeded();
    const asked = partsAskedFor(page);
    const scrolled = async () => await page.evaluate<number>('scrollY');
    const before = await scrolled();
    const at = await placesIn(chart);
    const devtools = await page.context().newCDPSession(page);

    await fingers(devtools, [
      [at(0.45), at(0.2, 0.4)],
      [at(0.55), at(0.8, 0.6)],
    ]);
    await expect.poll(() => asked.length, { timeout: 60_000 }).toBe(1);
    expect(await page.getByRole('button', { name: 'All' }).isEnabled()).toBe(true);
    const closer = asked[0] ?? NOTHING;
    expect(spanOf(closer)).toBeLessThan(MANY_SAMPLES / 5);
    expect(spanOf(closer)).toBeGreaterThan(MANY_SAMPLES / 8);
    expect(middleOf(closer)).toBeCloseTo(MANY_SAMPLES / 2, -4);

    await fingers(devtools, [[at(0.9), at(0.1)]]);
    await expect.poll(() => asked.length, { timeout: 60_000 }).toBe(2);
    const later = middleOf(asked[1] ?? NOTHING) - middleOf(closer);
    expect(later / spanOf(closer)).toBeCloseTo(0.8, 1);
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

  test('a mouse chooses a part, drags it and leaves it alone; a double click shows all', async () => {
    const { page, complaints } = await visit(browser, `${service.url}/runs/${past.long}`);
    await signIn(page, firstTokenOf(service));
    const chart = page.locator('.memory-chart .u-over');
    await chart.waitFor();
    await page.getByText('As a table').waitFor();
    const asked = partsAskedFor(page);
    const at = await placesIn(chart);
    const drag = async (from: Point, to: Point): Promise<void> => {
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move(to.x, to.y, { steps: 12 });
      await page.mouse.up();
    };

    await drag(at(0.4), at(0.5));
    await expect.poll(() => asked.length, { timeout: 60_000 }).toBe(1);
    const chosen = asked[0] ?? NOTHING;
    expect(spanOf(chosen) / MANY_SAMPLES).toBeCloseTo(0.1, 2);
    expect(middleOf(chosen) / MANY_SAMPLES).toBeCloseTo(0.45, 2);

    await drag(at(0.1), at(0.9));
    await expect.poll(() => asked.length, { timeout: 60_000 }).toBe(2);
    const earlier = middleOf(chosen) - middleOf(asked[1] ?? NOTHING);
    expect(earlier / spanOf(chosen)).toBeCloseTo(0.8, 1);

    await page.mouse.move(at(0.2).x, at(0.2).y, { steps: 12 }); // it is no longer held
    await page.waitForTimeout(500);
    expect(asked.length).toBe(2);
    await page.mouse.dblclick(at(0.5).x, at(0.5).y);
    await page.locator('.plot.moves').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

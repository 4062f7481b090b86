/** @file What one does on the dashboard while frames are counted: panning a chart, scrolling and paging a list. */
import type { BrowserContext, Page } from 'playwright-core';
import { type Frames, framesWhile } from './page-frames.ts';

const DRAGS = 4;
const MOVES = 90;
/** Half of the run, with all the points that a chart has; and an hour or so, as closely as it was sampled. */
const CLOSER = { half: 1, near: 4 } as const;

/** The chart of a run dragged to and fro. @param address of the run's page */
export async function pan(
  context: BrowserContext,
  address: string,
  from: keyof typeof CLOSER,
): Promise<Frames> {
  const page = await context.newPage();
  await page.goto(address);
  const chart = page.locator('.memory-chart .u-over');
  await chart.waitFor();
  for (let i = 0; i < CLOSER[from]; i++) await page.getByRole('button', { name: 'Closer' }).click();
  await settle(page);
  const box = await chart.boundingBox();
  if (!box) throw new Error('expected a chart on the page');
  const x = (part: number): number => box.x + box.width * part;
  const y = box.y + box.height / 2;
  return await framesWhile(page, async () => {
    for (let drag = 0; drag < DRAGS; drag++) {
      const [start, end] = drag % 2 === 0 ? [0.9, 0.1] : [0.1, 0.9];
      await page.mouse.move(x(start), y);
      await page.mouse.down();
      for (let move = 1; move <= MOVES; move++)
        await page.mouse.move(x(start + ((end - start) * move) / MOVES), y);
      await page.mouse.up();
    }
  });
}

const PAGES = 8;
const TURNS = 40;

/** The list of all runs, down to its end with the wheel and on to the page of older ones. */
export async function scroll(context: BrowserContext, address: string): Promise<Frames> {
  const page = await context.newPage();
  await page.goto(address);
  await page.locator('.runs-table tbody tr').nth(49).waitFor();
  await settle(page);
  await page.mouse.move(640, 450);
  return await framesWhile(page, async () => {
    for (let n = 0; n < PAGES; n++) {
      for (let turn = 0; turn < TURNS; turn++) await page.mouse.wheel(0, 100);
      const newest = await page.locator('.runs-table .number').first().textContent();
      await page.getByRole('button', { name: 'Older runs' }).click();
      await page.locator(`.runs-table tr:first-child .number:not(:text-is("${newest}"))`).waitFor();
    }
  });
}

/** What a page does once after it was opened is over. */
async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(1500);
}

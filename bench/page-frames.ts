/** @file Frames of a page while something is done on it, and what each costs its main thread. */
import type { Page } from 'playwright-core';

export interface Frames {
  /** from the beginning of one to that of the next; milliseconds, all of them */
  readonly times: readonly number[];
  /** processor milliseconds of the page's main thread for each frame: its scripts, its styles and layouts, and all of it */
  readonly cost: { readonly script: number; readonly layout: number; readonly all: number };
}

/** A frame is counted as the page sees it: where the browser cannot draw one in time, the next callback is late. */
export async function framesWhile(page: Page, act: () => Promise<void>): Promise<Frames> {
  const devtools = await page.context().newCDPSession(page);
  // Processor time, not the clock's: what others do on the machine is not in it.
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const seconds = async (): Promise<Record<string, number>> => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
  const before = await seconds();
  await page.evaluate(BEGIN);
  await act();
  const times = await page.evaluate<number[]>(END);
  const after = await seconds();
  await devtools.detach();
  const each = (...names: readonly string[]): number => {
    const spent = names.map((name) => (after[name] ?? 0) - (before[name] ?? 0));
    return (1000 * spent.reduce((sum, part) => sum + part, 0)) / times.length;
  };
  return {
    times,
    cost: {
      script: each('ScriptDuration'),
      layout: each('LayoutDuration', 'RecalcStyleDuration'),
      all: each('TaskDuration'),
    },
  };
}

const BEGIN = `
  window.frameTimes = [];
  const next = (time) => {
    window.frameTimes.push(time);
    window.nextFrame = requestAnimationFrame(next);
  };
  window.nextFrame = requestAnimationFrame(next);`;

const END = `
  cancelAnimationFrame(window.nextFrame);
  window.frameTimes.slice(1).map((time, i) => time - window.frameTimes[i])`;

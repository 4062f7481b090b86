/** @file The dashboard's first view: what comes over the wire for it, and how soon one can use it. */
import type { BrowserContext, Page } from 'playwright-core';

export interface FirstView {
  /** bytes of all answers as they were sent, headers included */
  readonly bytes: number;
  /** of these what the service says of its runs */
  readonly api: number;
  /** milliseconds since one went there: a page of runs stands */
  readonly rows: number;
  /** a filter was clicked as soon as they did, and is shown as pressed */
  readonly interactive: number;
  /** and the runs that it leaves stand there */
  readonly filtered: number;
}

/** By a browser that is signed in and has nothing in its cache. @param encodings that it says it takes */
export async function firstView(
  context: BrowserContext,
  address: string,
  encodings: string,
): Promise<FirstView> {
  const page = await context.newPage();
  const traffic = await watchTraffic(page, encodings);
  await page.addInitScript({ content: USE_AT_ONCE });
  await page.goto(address);
  const seen = await page.evaluate<Omit<FirstView, 'bytes' | 'api'>>('window.seen');
  const sent = traffic();
  await page.close();
  return { ...seen, ...sent };
}

async function watchTraffic(page: Page, encodings: string) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.setExtraHTTPHeaders', { headers: { 'Accept-Encoding': encodings } });
  const paths = new Map<string, string>();
  let [bytes, api] = [0, 0];
  devtools.on('Network.requestWillBeSent', ({ requestId, request: { url } }) => {
    paths.set(requestId, url.slice(new URL(url).origin.length));
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const path = paths.get(requestId) ?? '';
    if (path.includes('status=failed')) return; // the filter's own
    bytes += encodedDataLength;
    if (path.startsWith('/api/')) api += encodedDataLength;
  });
  return () => ({ bytes, api });
}

/** Looks once a frame, within the page: what drives the browser takes its own time. */
const USE_AT_ONCE = `
  window.seen = new Promise((done) => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const filter = () => all('.filters button').find((button) => button.textContent === 'Failed');
    const steps = [
      ['rows', () => all('.runs-table tbody tr').length >= 50, () => filter().click()],
      ['interactive', () => filter().getAttribute('aria-pressed') === 'true', () => {}],
      ['filtered', () => all('.runs-table .badge').every((badge) => badge.textContent === 'Failed'), () => {}],
    ];
    const seen = {};
    const look = () => {
      const [name, isSo, act] = steps[0];
      if (isSo()) {
        seen[name] = performance.now();
        steps.shift();
        act();
      }
      if (steps.length > 0) requestAnimationFrame(look);
      else done(seen);
    };
    requestAnimationFrame(look);
  });`;

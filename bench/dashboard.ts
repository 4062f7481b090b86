/**
 * @file The dashboard in Debian's Chromium, on the real service with a long past: its first view, its frames while one
 * moves over a chart and through the list, and what a broken connection costs.
 */
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { NO_BROWSER, openBrowser, signIn, visit } from '../test/web/browser.ts';
import type { Benchmark } from './benchmark.ts';
import { chartOverCut, type Cut, wireTo } from './dashboard-cut.ts';
import { pan, scroll } from './dashboard-frames.ts';
import { firstView, type FirstView } from './dashboard-view.ts';
import { watchOtherWork } from './other-work.ts';
import type { Frames } from './page-frames.ts';
import { startService } from './service-client.ts';
import { storeLongRun, storeRuns } from './service-runs.ts';
import { percent, summarize } from './statistics.ts';

interface Measured<T> {
  readonly rounds: readonly T[];
  /** share of the machine that others took meanwhile */
  readonly otherWork: number;
}

interface Facts {
  /** Chromium's version */
  readonly browser: string;
  readonly brotli: Measured<FirstView>;
  readonly gzip: Measured<FirstView>;
  readonly half: Measured<Frames>;
  readonly near: Measured<Frames>;
  readonly list: Measured<Frames>;
  readonly cut: Measured<Cut>;
  readonly killed: Measured<Cut>;
}

const RUNS = 10_000;
const SAMPLES = 100_000;

export const dashboard: Benchmark<Facts> = {
  name: 'dashboard',
  about:
    'the dashboard of a service with 10,000 runs, one of them with 100,000 samples of its memory',
  how:
    "Debian's Chromium without a GPU, 1280 x 900, signed in, on `plimsoll serve` of the same machine. First view: nothing is " +
    'in the cache, and all bytes of the answers count, headers included. As soon as a page of 50 runs stands, a filter ' +
    'is clicked by a script in the page: answered is when the button shows it. Frames: from one callback of ' +
    '`requestAnimationFrame` to the next, all rounds together, while the mouse drags the chart four times over most of ' +
    'its width, or scrolls down eight pages of runs with the wheel and goes on to older ones; and the processor time of ' +
    "the page's main thread for each. Cut: a run trains, its chart is open over a TCP relay that breaks all connections " +
    'and refuses new ones for 6 seconds, or the service is killed (SIGKILL) and started again meanwhile; at the end ' +
    'the samples that the chart has are compared with those of the service. A service that is not there reads no memory: ' +
    'the longest stretch between two samples says how long that was. ' +
    'There other work has the training in it.',
  unavailable: () => NO_BROWSER,

  async measure({ workFolder, rounds, say }) {
    const dataDir = join(workFolder, 'dashboard');
    const token = storeRuns(dataDir, RUNS);
    const long = storeLongRun(dataDir, SAMPLES);
    say(`${RUNS} runs and ${SAMPLES} samples are stored`);
    const start = () => startService(dataDir, '--log-level', 'error');
    let service = await start();
    const wire = await wireTo(service.url);
    const browser = await openBrowser();
    const state = await signedIn(browser, wire.url, token);

    /** In a browser's context of its own each time, with an empty cache. */
    const each = async <T>(
      what: string,
      measure: (context: BrowserContext) => Promise<T>,
    ): Promise<Measured<T>> => {
      const otherWork = watchOtherWork();
      const all: T[] = [];
      for (let round = 1; round <= rounds; round++) {
        say(`${what}: round ${round} of ${rounds}`);
        const options = { storageState: state, viewport: { width: 1280, height: 900 } };
        const context = await browser.newContext(options);
        all.push(await measure(context));
        await context.close();
      }
      return { rounds: all, otherWork: otherWork() };
    };
    const chart = `${wire.url}/runs/${long}`;
    const restarted = async () => {
      await service.end('SIGKILL');
      service = await start();
      return service;
    };
    try {
      return {
        browser: browser.version(),
        brotli: await each('first view', (context) => firstView(context, wire.url, 'gzip, br')),
        gzip: await each('first view, gzip', (context) => firstView(context, wire.url, 'gzip')),
        half: await each('panning over half', (context) => pan(context, chart, 'half')),
        near: await each('panning from near', (context) => pan(context, chart, 'near')),
        list: await each('scrolling', (context) => scroll(context, wire.url)),
        cut: await each('cut', (context) =>
          chartOverCut(context, wire, service, async () => service),
        ),
        killed: await each('killed', (context) => chartOverCut(context, wire, service, restarted)),
      };
    } finally {
      await browser.close();
      await wire.close();
      await service.end();
    }
  },

  table: ({ browser, brotli, gzip, half, near, list, cut, killed }) => [
    ['what', 'asked', 'measured', 'other work'],
    ['Chromium', '-', browser, '-'],
    ['first view: bytes sent, of them the runs', 'under 200 kB', bytes(brotli), others(brotli)],
    ['the same with gzip only', 'under 200 kB', bytes(gzip), others(gzip)],
    ['until the runs stand: least / middle', '-', until(brotli, 'rows'), others(brotli)],
    ['until a click is answered', 'under 1 s', until(brotli, 'interactive'), others(brotli)],
    ['until what it filters stands', '-', until(brotli, 'filtered'), others(brotli)],
    ...frameRows('panning over half of the samples', half),
    ...frameRows('panning from near, each second a sample', near),
    ...frameRows('scrolling through pages of runs', list),
    ['the wire cut: samples lost', '0', lost(cut), others(cut)],
    ['the service killed: samples lost', '0', lost(killed), others(killed)],
  ],
};

function bytes({ rounds }: Measured<FirstView>): string {
  const most = (of: 'bytes' | 'api'): string =>
    `${(Math.max(...rounds.map((view) => view[of])) / 1000).toFixed(1)} kB`;
  return `${most('bytes')}, ${most('api')}`;
}

function until({ rounds }: Measured<FirstView>, of: 'rows' | 'interactive' | 'filtered'): string {
  const { min, median } = summarize(rounds.map((view) => view[of]));
  return `${min.toFixed(0)} / ${median.toFixed(0)} ms`;
}

/** Frames come every 16.7 ms, give or take what the clock does: after one and a half of that one was left out. */
const LATE_MS = 25;

function frameRows(what: string, measured: Measured<Frames>): string[][] {
  const { rounds } = measured;
  const times = rounds.flatMap((frames) => frames.times).toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (times[Math.ceil(share * times.length) - 1] ?? Number.NaN).toFixed(1);
  const cost = (of: keyof Frames['cost']): string =>
    summarize(rounds.map((frames) => frames.cost[of])).median.toFixed(1);
  const took = `${at(0.5)} / ${at(0.95)} / ${at(0.99)} ms`;
  const late = times.filter((ms) => ms > LATE_MS).length;
  const costs = `${cost('script')} / ${cost('layout')} / ${cost('all')} ms`;
  return [
    [`${what}: frames, p50 / p95 / p99`, 'at most 16.7 ms', took, others(measured)],
    ['of these a frame or more too late', '0', `${late} of ${times.length}`, others(measured)],
    ['its processor time a frame: scripts / layout / all', '-', costs, others(measured)],
  ];
}

function lost({ rounds }: Measured<Cut>): string {
  const sum = (of: 'lost' | 'samples'): number =>
    rounds.reduce((total, each) => total + each[of], 0);
  const gap = Math.max(...rounds.map(({ longestGap }) => longestGap)).toFixed(1);
  return `${sum('lost')} of ${sum('samples')}; longest stretch without ${gap} s`;
}

const others = ({ otherWork }: Measured<unknown>): string => percent(otherWork);

async function signedIn(browser: Browser, url: string, token: string) {
  const { page } = await visit(browser, url);
  await signIn(page, token);
  const state = await page.context().storageState();
  await page.context().close();
  return state;
}

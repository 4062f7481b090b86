/**
 * @file A chart of a run that goes on, over a connection that breaks in the middle: once the wire is cut, once the
 * service is killed and started again. Then the chart must have each sample that the service has.
 */
import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { z } from 'zod';
import { type ServiceRun, serviceRunSchema, serviceSampleSchema } from '#protocol';
import type { BenchService } from './service-client.ts';

export interface Wire {
  readonly url: string;
  /** All that goes over it breaks off, and nobody answers until it is mended. */
  cut(): Promise<void>;
  /** @param url of the service at its other end from now on */
  mend(url: string): Promise<void>;
  close(): Promise<void>;
}

/** A port that leads to the service's. */
export async function wireTo(url: string): Promise<Wire> {
  let far = new URL(url);
  const open = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    return socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
  };
  const server = createServer((near) => {
    const socket = keep(connect(Number(far.port), far.hostname));
    keep(near).pipe(socket).pipe(near);
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const cut = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    close: cut,
    mend: async (next) => {
      far = new URL(next);
      await listen(port);
    },
  };
}

export interface Cut {
  /** that the service has of the run */
  readonly samples: number;
  /** of these, that the chart has not */
  readonly lost: number;
  /** seconds between two samples that follow each other in the chart, at most */
  readonly longestGap: number;
}

/** How long one looks at it before, without and after. */
const BEFORE_MS = 12_000;
const WITHOUT_MS = 6_000;
const AFTER_MS = 8_000;

/** @param whileCut resolves to the service that is there afterwards */
export async function chartOverCut(
  context: BrowserContext,
  wire: Wire,
  service: BenchService,
  whileCut: () => Promise<BenchService>,
): Promise<Cut> {
  const page = await context.newPage();
  const { id } = serviceRunSchema.parse(await asked(page, service, 'POST', TRIGGER, ORDER));
  const run = `${RUNS}/${id}`;
  await until(page, service, run, ({ status, peak }) => status === 'running' && peak !== null);
  await page.goto(`${wire.url}/runs/${id}`);
  await page.locator('.memory-chart').waitFor();
  await sleep(BEFORE_MS);
  await wire.cut();
  const after = await whileCut();
  await page.getByText('No connection').waitFor();
  await sleep(WITHOUT_MS);
  await wire.mend(after.url);
  await page.getByText('Live', { exact: true }).waitFor();
  await sleep(AFTER_MS);
  await asked(page, after, 'POST', `${run}/cancel`);
  await until(page, after, run, ({ finishedAt }) => finishedAt !== null);
  await page.locator('.run-head .badge.cancelled').waitFor();
  const samples = z
    .array(serviceSampleSchema)
    .parse(await asked(page, after, 'GET', `${run}/memory?points=10000`));
  const { startedAt } = serviceRunSchema.parse(await asked(page, after, 'GET', run));
  const drawn = await drawnOnceAll(page, samples.length);
  const inChart = new Set(drawn.map(milliseconds));
  const start = Date.parse(startedAt);
  return {
    samples: samples.length,
    lost: samples.filter(({ time }) => !inChart.has(Date.parse(time) - start)).length,
    longestGap: Math.max(...drawn.slice(1).map((seconds, i) => seconds - (drawn[i] ?? 0))),
  };
}

const RUNS = '/api/v1/admin/training/runs';
const TRIGGER = '/api/v1/admin/training/trigger';
/** Of the embedded base, and longer than anybody looks at it here. */
const ORDER = { max_samples: 200, epochs: 1000 };

/** In the page's session, past the wire. */
async function asked(
  page: Page,
  { url }: BenchService,
  method: string,
  path: string,
  data?: object,
): Promise<unknown> {
  const headers = { Origin: url };
  const answer = await page.request.fetch(`${url}${path}`, {
    method,
    headers,
    ...(data && { data }),
  });
  if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
  return await answer.json();
}

async function until(
  page: Page,
  service: BenchService,
  path: string,
  isSo: (run: ServiceRun) => boolean,
): Promise<void> {
  while (!isSo(serviceRunSchema.parse(await asked(page, service, 'GET', path)))) await sleep(300);
}

const PATIENCE_MS = 10_000;

/** The seconds of the chart's samples, once it has so many; as they are where it does not get them. */
async function drawnOnceAll(page: Page, count: number): Promise<readonly number[]> {
  const began = performance.now();
  for (;;) {
    const drawn = await page.evaluate<number[]>(DRAWN);
    if (drawn.length >= count || performance.now() - began > PATIENCE_MS) return drawn;
    await sleep(500);
  }
}

/**
 * What React has given to the chart and to its table, asked of React: a picture cannot be counted. Of its two states,
 * the one before the last drawing included, the later one, which has more.
 */
const DRAWN = `
  const table = document.querySelector('.memory-chart .as-table');
  let fiber = table[Object.keys(table).find((key) => key.startsWith('__reactFiber$'))];
  while (!fiber.memoizedProps?.columns) fiber = fiber.return;
  const states = [fiber, fiber.alternate].flatMap((state) => state?.memoizedProps.columns ?? []);
  const { x, water } = states.reduce((a, b) => (b.x.length > a.x.length ? b : a));
  x.filter((_, i) => water[i] !== null)`;

const milliseconds = (seconds: number): number => Math.round(seconds * 1000);

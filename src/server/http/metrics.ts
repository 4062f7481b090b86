/** @file What Prometheus may know: runs by status, memory shared out, calls and how long they took. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { RUN_STATUSES } from '#protocol';
import type { Store } from '#store';
import type { Answering } from '../answering/answering.ts';
import type { Capacity } from '../runs/capacity.ts';
import type { Route } from './route.ts';

export interface Metrics {
  answered(route: Route, status: number, seconds: number): void;
  /** in the text format of Prometheus */
  text(): Promise<string>;
  readonly type: string;
}

export function metricsOf(
  { runs }: Pick<Store, 'runs'>,
  capacity: Capacity,
  answering: Pick<Answering, 'holder'>,
): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const calls = new Counter({
    name: 'plimsoll_http_requests_total',
    help: 'Calls answered',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'plimsoll_http_request_seconds',
    help: 'Seconds from a call to its answer',
    buckets: [0.001, 0.005, 0.02, 0.05, 0.2, 1, 5, 30],
    labelNames: ['method', 'route'],
    registers,
  });
  const ofStatus = new Gauge({
    name: 'plimsoll_runs',
    help: 'Runs by status',
    labelNames: ['status'],
    registers,
    collect: () => {
      const counts = runs.counts();
      for (const status of RUN_STATUSES) ofStatus.set({ status }, counts[status] ?? 0);
    },
  });
  const shared = new Gauge({
    name: 'plimsoll_memory_shared_out_bytes',
    help: 'Limits of the runs that run and of the model that answers, together',
    registers,
    collect: () => {
      const shares = runs.running().map(({ share_bytes: share }) => share ?? 0);
      shared.set(sum(shares) + (answering.holder()?.share ?? 0));
    },
  });
  const all = new Gauge({
    name: 'plimsoll_memory_capacity_bytes',
    help: 'What runs may use together',
    registers,
  });
  all.set(capacity.bytes);
  return {
    answered: ({ method, path }, status, took) => {
      calls.inc({ method, route: path, status: String(status) });
      seconds.observe({ method, route: path }, took);
    },
    text: () => registry.metrics(),
    type: registry.contentType,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

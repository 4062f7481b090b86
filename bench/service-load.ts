/**
 * @file What `plimsoll serve` takes: memory at rest with nothing stored; and, with 10,000 runs in its database, 100
 * streams of events and 50 requests a second, memory and how long lists and runs take to come.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processMemory } from '#kernel';
import type { Benchmark } from './benchmark.ts';
import { atRate, type Client, clientOf, startService } from './service-client.ts';
import { storeRuns } from './service-runs.ts';

/** Bytes. */
interface Memory {
  /** VmHWM where a peak is asked for */
  readonly resident: number;
  readonly anonymous: number;
  readonly file: number;
}

/** Milliseconds. */
interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

interface Facts {
  readonly idle: Memory;
  readonly loaded: Memory;
  readonly list: Latency;
  readonly retrieve: Latency;
  readonly events: Latency;
  readonly metrics: Latency;
  /** of the service, for each request; streams included */
  readonly cpuMs: number;
  /** events that the streams got, together */
  readonly streamed: number;
}

const RUNS = 10_000;
const STREAMS = 100;
const PER_SECOND = 50;
const SECONDS = 30;
const REST_MS = 60_000;
/** Prometheus asks so often by default in many set-ups; and a run is ordered so often, which makes events. */
const METRICS_EVERY = 15 * PER_SECOND;
const ORDER_EVERY = 5 * PER_SECOND;
const BASE = '/api/v1/admin/training';

export const serviceLoad: Benchmark<Facts> = {
  name: 'service-load',
  about: 'what `plimsoll serve` takes, at rest and under load',
  how:
    `At rest: a minute after its start, with nothing in its database. Under load: ${RUNS} runs are in its database, ` +
    `${STREAMS} clients hold a stream of events, and ${PER_SECOND} requests a second come for ${SECONDS} seconds: lists ` +
    'with filters and pages, single runs, pages of events; the metrics every 15 seconds, and every 5 an order that cannot ' +
    'fit, whose events go to all streams. A request is sent when it is due, also where those before are not answered. ' +
    'Resident memory has the pages of Node itself in it, which other Node processes share; anonymous memory has not.',

  async measure({ workFolder, say }) {
    const idle = await atRest(join(workFolder, 'empty'));
    say(`at rest: ${shown(idle)}`);
    const dataDir = join(workFolder, 'service');
    const token = storeRuns(dataDir, RUNS);
    say(`${RUNS} runs are stored`);
    const facts = { idle, ...(await underLoad(dataDir, token)) };
    say(`under load: ${shown(facts.loaded)}`);
    return facts;
  },

  table: ({ idle, loaded, list, retrieve, events, metrics, cpuMs, streamed }) => [
    ['what', 'asked', 'measured'],
    ['at rest: resident, anonymous, of files', 'at most 80 MiB', shown(idle)],
    ['under load: the most of each', 'at most 130 MiB', shown(loaded)],
    ['list: p50, p99, longest', 'p99 under 50 ms', times(list)],
    ['retrieve', 'p99 under 50 ms', times(retrieve)],
    ['page of events', '-', times(events)],
    ['metrics', '-', times(metrics)],
    ['processor time for each request, streams included', '-', `${cpuMs.toFixed(1)} ms`],
    ['events to streams', '-', String(streamed)],
  ],
};

async function atRest(dataDir: string): Promise<Memory> {
  const service = await startService(dataDir, '--log-level', 'error');
  await sleep(REST_MS);
  const memory = memoryOf(service.pid);
  await service.end();
  return { ...memory, resident: memory.anonymous + memory.file };
}

async function underLoad(dataDir: string, token: string): Promise<Omit<Facts, 'idle'>> {
  const service = await startService(dataDir, '--log-level', 'error');
  const client = clientOf(service, token);
  const streams = await Promise.all(Array.from({ length: STREAMS }, () => client.listen()));
  const readings: Memory[] = [];
  const timer = setInterval(() => readings.push(memoryOf(service.pid)), 500);
  const took = { list: [], retrieve: [], events: [], metrics: [] } as Record<Kind, number[]>;
  const before = cpuSeconds(service.pid);
  try {
    await atRate(PER_SECOND, SECONDS, async (n) => {
      const { kind, line } = requestOf(n);
      const both = [client.call(line), ...ordered(client, n)] as const;
      const [ms] = await Promise.all(both);
      took[kind].push(ms);
    });
    const cpuMs = (1000 * (cpuSeconds(service.pid) - before)) / (PER_SECOND * SECONDS);
    readings.push(memoryOf(service.pid));
    const counts = streams.map((stream) => stream.events());
    if (Math.min(...counts) === 0) throw new Error('expected events in each stream');
    const most = (key: keyof Memory) => Math.max(...readings.map((each) => each[key]));
    return {
      loaded: { resident: most('resident'), anonymous: most('anonymous'), file: most('file') },
      list: latencyOf(took.list),
      retrieve: latencyOf(took.retrieve),
      events: latencyOf(took.events),
      metrics: latencyOf(took.metrics),
      cpuMs,
      streamed: counts.reduce((sum, count) => sum + count, 0),
    };
  } finally {
    clearInterval(timer);
    for (const stream of streams) stream.close();
    await service.end();
  }
}

type Kind = 'list' | 'retrieve' | 'events' | 'metrics';

/** By turns; which run or page it is goes through all that are stored. */
function requestOf(n: number): { readonly kind: Kind; readonly line: string } {
  if (n % METRICS_EVERY === METRICS_EVERY - 1) return { kind: 'metrics', line: 'GET /metrics' };
  const id = 1 + ((n * 7919) % RUNS);
  const lists = [
    '',
    `?limit=100&before=${id + 1}`,
    '?training_type=nightly',
    `?status=failed&before=${id + 20}`,
  ];
  if (n % 5 < 2) return { kind: 'list', line: `GET ${BASE}/runs${lists[Math.floor(n / 5) % 4]}` };
  if (n % 5 < 4) return { kind: 'retrieve', line: `GET ${BASE}/runs/${id}` };
  return { kind: 'events', line: `GET /api/v1/events?after=${id * 10}` };
}

function ordered(client: Client, n: number): Promise<number>[] {
  const order = { max_samples: 40, memory: '1M' };
  return n % ORDER_EVERY === 1 ? [client.call(`POST ${BASE}/trigger`, order)] : [];
}

function memoryOf(pid: number): Memory {
  const memory = processMemory(pid);
  if (!memory) throw new Error('the service has ended');
  const { peakResident, anonymous, shared, file } = memory;
  return { resident: peakResident, anonymous: anonymous + shared, file };
}

/** User and system (proc(5)); what it starts counts for itself. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function latencyOf(values: readonly number[]): Latency {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1), count: sorted.length };
}

function times({ p50, p99, max, count }: Latency): string {
  return `${[p50, p99, max].map((ms) => ms.toFixed(1)).join(' / ')} ms (${count})`;
}

function shown(memory: Memory): string {
  const { resident, anonymous, file } = memory;
  return `${[resident, anonymous, file].map((bytes) => (bytes / 2 ** 20).toFixed(1)).join(' / ')} MiB`;
}

/** @file A data folder with the past of a service in its database: runs that have ended, as the service stores them. */
import { join } from 'node:path';
import { newRunId } from '#base';
import { trainingOrderSchema, type Verdict, verdictSchema } from '#protocol';
import { openStore, type Store } from '#store';

const MIB = 2 ** 20;
/** Of each run: what its trainer told, and how often its memory was read. */
const STEPS = 12;
const SAMPLES = 12;
const TYPES = ['soft_prompt', 'nightly', 'trial'] as const;
/** Runs in one transaction. */
const AT_ONCE = 200;

/** @returns a token with scope run */
export function storeRuns(dataDir: string, count: number): string {
  const store = openStore(dataDir, { alone: true });
  try {
    for (let from = 0; from < count; from += AT_ONCE) {
      store.transaction(() => {
        for (let i = from; i < Math.min(from + AT_ONCE, count); i++) storeRun(store, dataDir, i);
      });
    }
    return store.tokens.create({ name: 'benchmark', scope: 'run' }).token;
  } finally {
    store.close();
  }
}

/** One that has ended and whose memory was read so often, each second. @returns its id */
export function storeLongRun(dataDir: string, samples: number): number {
  const store = openStore(dataDir, { alone: true });
  const { states } = store;
  const memory = 512 * MIB;
  try {
    const identifier = newRunId();
    const order = trainingOrderSchema.parse({ training_type: 'long' });
    const outputDir = join(dataDir, 'runs', identifier);
    const by = { triggeredBy: 'benchmark', retryOf: null };
    const placed = states.enqueue({ identifier, order, outputDir, ...by }, false);
    if ('active' in placed) throw new Error('internal: a run of the past is active');
    const { id, created_at: created } = placed.run;
    states.predicted(id, 400 * MIB, memory, { peak_bytes: 400 * MIB, fits: true });
    states.begin(id, { command: ['plimsoll', 'train'], memory, correction: 0 });
    states.launched(id, 1, JSON.stringify({ pid: 1, started: 1 }));
    store.transaction(() => {
      for (let n = 0; n < samples; n++) {
        const time = new Date(Date.parse(created) + n * 1000).toISOString();
        const level = 240 + 90 * Math.sin(n / 11_000) + 25 * Math.sin(n / 1600) + (n % 13);
        const unreclaimable = Math.round(level * MIB);
        store.samples.add(id, { attempt: 1, time, unreclaimable, file: 30 * MIB });
      }
    });
    states.ended(id, 1, verdict(false, memory));
    states.finish(id, { status: 'completed' });
    return id;
  } finally {
    store.close();
  }
}

function storeRun({ states }: Store, dataDir: string, i: number): void {
  const identifier = newRunId();
  const order = trainingOrderSchema.parse({
    training_type: TYPES[i % TYPES.length],
    max_samples: 200,
    epochs: 3,
    learning_rate: 0.0005,
  });
  const outputDir = join(dataDir, 'runs', identifier);
  const by = { triggeredBy: 'benchmark', retryOf: null };
  const placed = states.enqueue({ identifier, order, outputDir, ...by }, false);
  if ('active' in placed) throw new Error('internal: a run of the past is active');
  const { id } = placed.run;
  const memory = 150 * MIB;
  states.predicted(id, 120 * MIB, memory, { peak_bytes: 120 * MIB, fits: true });
  states.begin(id, { command: ['plimsoll', 'train'], memory, correction: 0 });
  states.launched(id, 1, JSON.stringify({ pid: i, started: i }));
  const events = Array.from({ length: STEPS }, (_, step) => ({
    type: 'step',
    data: { step, of: STEPS, loss: 3 - step / 10, grad_norm: 1.25, seconds: 0.3 },
  }));
  const run = { step: STEPS, of_steps: STEPS, dataset_size: 200, final_loss: 1.9 };
  states.heard(id, 1, { events, eventsRead: 2000, trainer: null, run });
  const began = Date.parse(placed.run.created_at);
  for (let n = 0; n < SAMPLES; n++) {
    const time = new Date(began + n * 1000).toISOString();
    states.sampled(id, { attempt: 1, time, unreclaimable: (80 + n) * MIB, file: 40 * MIB });
  }
  const isFailed = i % 10 === 0;
  states.ended(id, 1, verdict(isFailed, memory));
  states.finish(id, { status: isFailed ? 'failed' : 'completed' });
}

function verdict(isFailed: boolean, memory: number): Verdict {
  return verdictSchema.parse({
    cause: isFailed ? 'oom-own-limit' : 'completed',
    grade: 'proven',
    exit_code: isFailed ? null : 0,
    signal: isFailed ? 'SIGKILL' : null,
    limit_bytes: memory,
    limit_from: '--memory',
    baseline_bytes: 0,
    peak_bytes: 110 * MIB,
    peak_file_bytes: 40 * MIB,
    seconds: 12,
    evidence: [],
    missing: [],
    remedies: [],
  });
}

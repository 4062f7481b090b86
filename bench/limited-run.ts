/**
 * @file One training under a limit that the kernel enforces, as a container has it: a memory cgroup
 * without swap, which the process finds by itself. Nothing of the model is in the page cache before, for
 * pages that others have read would cost the run nothing.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { predictionSchema, type RunEvent } from '#protocol';
import { createCgroup } from '../test/cgroup.ts';
import type { BenchContext } from './benchmark.ts';
import { plimsollCommand, plimsollTraining } from './plimsoll.ts';
import { summarize } from './statistics.ts';

/** The original's settings: every example padded to 384/384 tokens. */
const LENGTHS = { source: 384, target: 384 };
const MIB = 2 ** 20;

export const PRECISIONS = ['fp32', 'bf16', 'int8', 'int4'] as const;
/** auto: the planner's choice, bf16 at the lowest */
export type Precision = (typeof PRECISIONS)[number] | 'auto';

export interface LimitedRun {
  /** MiB; null: only counted */
  readonly limit: number | null;
  readonly precision: Precision;
  readonly finished: boolean;
  /** the error that it ended with; null where it finished, or was killed */
  readonly error: string | null;
  /** processes that the kernel killed in the group, by its own counter */
  readonly kills: number;
  /** from the command to the end of the process, conversion of weights included */
  readonly seconds: number;
  /** of the steps but the first; NaN where there was none */
  readonly stepSeconds: number;
  readonly losses: readonly number[];
  /** the most unreclaimable bytes of the group, and what was predicted */
  readonly peakBytes: number;
  readonly predictedBytes: number | null;
}

type Context = Pick<BenchContext, 'model' | 'workFolder' | 'say'>;

export async function limitedRun(
  context: Context,
  work: {
    readonly limit: number | null;
    readonly precision: Precision;
    readonly steps: number;
    /** a run that crawls is given up after so many seconds */
    readonly timeout: number;
  },
): Promise<LimitedRun> {
  const { limit, precision, steps, timeout } = work;
  const { file, args } = await training(context, precision, steps);
  dropFromCache(context.model);
  await using cgroup = createCgroup(limit === null ? {} : { limit: limit * MIB });
  const ended = await cgroup.run(file, args, {
    env: environment(context),
    timeoutMs: 1000 * timeout,
    sampleEveryMs: SAMPLE_EVERY_MS,
  });
  const { own, subtree } = cgroup.counters();
  const events = eventsOf(ended.stdout);
  const stepsDone = events.filter((event) => event.type === 'step');
  const times = stepsDone.map(({ seconds }) => seconds);
  const planned = events.find((event) => event.type === 'planned');
  const end = events.find((event) => event.type === 'run-ended');
  const run: LimitedRun = {
    limit,
    precision,
    finished: ended.code === 0,
    error: ended.timedOut ? 'TIMED_OUT' : (end?.error?.code ?? null),
    kills: Number(own.kills ?? subtree.kills),
    seconds: ended.seconds,
    stepSeconds: times.length > 1 ? summarize(times.slice(1)).median : Number.NaN,
    losses: stepsDone.map(({ loss }) => loss),
    peakBytes: ended.peak.unreclaimable,
    predictedBytes: planned?.prediction.predicted_peak_bytes ?? null,
  };
  context.say(
    `${limit ?? 'no'} MiB, ${precision}: ${outcomeOf(run)}, ${run.stepSeconds.toFixed(2)} s a step`,
  );
  return run;
}

/** MiB of the smallest limit under which some plan with this precision fits, as the planner says. */
export async function smallestPlanned(context: Context, precision: Precision): Promise<number> {
  const { args } = await training(context, precision, 1);
  // A plan is made for no folder.
  const folder = args.indexOf('--output-dir');
  const asked = plimsollCommand('plan', ...args.slice(1, folder), ...args.slice(folder + 2));
  const text = execFileSync(asked.file, asked.args, {
    encoding: 'utf8',
    env: { ...environment(context), MALLOC_MMAP_THRESHOLD_: String(2 ** 17) },
  });
  const { smallest_limit_bytes: bytes } = predictionSchema.parse(JSON.parse(text));
  if (bytes === null) throw new Error('internal: the planner was asked to compare');
  return bytes / MIB;
}

export function outcomeOf({ finished, kills, error }: LimitedRun): string {
  if (finished) return 'finished';
  return kills > 0 ? 'killed' : (error ?? 'failed');
}

/** A sample costs the run nothing that shows, and no value of a step lives for less. */
const SAMPLE_EVERY_MS = 5;

async function training(
  { model, workFolder }: Pick<Context, 'model' | 'workFolder'>,
  precision: Precision,
  steps: number,
): ReturnType<typeof plimsollTraining> {
  const command = await plimsollTraining({ model, workFolder, lengths: LENGTHS, steps });
  return { ...command, args: [...command.args, '--pad-to-max', '--precision', precision] };
}

/** Converted weights are kept for the next run, where nobody else finds them. */
function environment({ workFolder }: Pick<Context, 'workFolder'>): NodeJS.ProcessEnv {
  return { ...process.env, PLIMSOLL_CACHE: join(workFolder, 'cache') };
}

/** What was written before is on the disk first: dirty pages stay. */
function dropFromCache(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    execFileSync('sync', [file]);
    execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
  }
}

/** One after the other; what is no event is a library's own chatter. */
function eventsOf(stdout: string): RunEvent[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line): RunEvent => JSON.parse(line));
}

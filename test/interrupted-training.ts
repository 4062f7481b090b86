/**
 * @file A training under `plimsoll run` whose limit is lowered under it at moments of chance, until the
 * kernel kills it: how often, what became of the run, and how its losses compare with an unbroken one's.
 */
import { type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupCounters, cgroupUsage, type MemoryGroup } from '#kernel';
import { type AttemptSummary, type RunEvent, runVerdictSchema } from '#protocol';
import { flags } from '../bench/training.ts';
import { createCgroup, type TestCgroup } from './cgroup.ts';
import { plimsoll } from './plimsoll.ts';
import { writeSmallModel } from './small-model.ts';

const COMMAND = resolve('bin/plimsoll');
const MIB = 2 ** 20;

export const CHECKPOINT_EVERY = 3;
export const STEPS = 18;
/** As in a container that is large enough. */
const LIMIT = 300 * MIB;

export interface Interruption {
  /**
   * own: of the group that `plimsoll run` made, and it stays low, so that a smaller plan is needed;
   * around: of a group around it, and only until the kill, so that the same plan does again
   */
  readonly limit: 'own' | 'around';
  /** an optimizer step, and milliseconds after it */
  readonly step: number;
  readonly delay: number;
}

export interface Interrupted {
  readonly code: number | null;
  readonly attempts: readonly AttemptSummary[];
  /** by the kernel */
  readonly kills: number;
  readonly planChanged: boolean;
  /** by step; of steps that were done again the last */
  readonly losses: readonly number[];
  /** the most steps that an attempt did again */
  readonly mostRepeated: number;
  readonly stderr: string;
}

/** The flags of a run of some seconds, in which plans differ by some tens of MiB. */
export function trainingFlags(folder: string): readonly string[] {
  const model = writeSmallModel(join(folder, 'model'), {
    d_model: 64,
    d_kv: 16,
    num_heads: 4,
    d_ff: 512,
    num_layers: 3,
    num_decoder_layers: 3,
  });
  const data = join(folder, 'data.jsonl');
  const lines = Array.from({ length: 4 * STEPS }, (_, i) =>
    JSON.stringify({
      prompt: words(110 + (i % 5) * 8, i),
      completion: words(30 + (i % 3) * 4, 7 * i),
    }),
  );
  writeFileSync(data, `${lines.join('\n')}\n`);
  return flags({
    'base-model': model,
    data,
    'batch-size': 8,
    'gradient-accumulation-steps': 1,
    epochs: 9,
    'max-steps': STEPS,
    'learning-rate': 1e-2,
    'checkpoint-every': CHECKPOINT_EVERY,
  });
}

export function unbrokenLosses(work: readonly string[], folder: string): readonly number[] {
  const directory = join(folder, 'unbroken');
  const { status, stderr } = plimsoll('train', '--json', ...work, '--run-directory', directory);
  if (status !== 0) throw new Error(stderr);
  return historyOf(directory).losses;
}

export async function interruptedTraining(
  work: readonly string[],
  folder: string,
  interruptions: readonly Interruption[],
): Promise<Interrupted> {
  const place = mkdtempSync(join(folder, 'interrupted-'));
  const directory = join(place, 'run');
  const verdict = join(place, 'verdict.json');
  await using around = createCgroup({ limit: 2 * LIMIT });
  const run = ['run', ...flags({ memory: LIMIT, backoff: '0.2,1', verdict }), '--'];
  const train = [COMMAND, 'train', '--json', ...work, '--run-directory', directory];
  const { child, ended } = around.start(COMMAND, [...run, ...train], {
    env: { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: place },
    sampleEveryMs: 0,
  });
  child.stdin?.end();
  let kills = 0;
  for (const interruption of interruptions) {
    if (await reached(interruption, directory, child)) {
      kills += await lowerUntilKilled(interruption, around, child);
    }
  }
  const { code, stderr } = await ended;
  const { attempts } = runVerdictSchema.parse(JSON.parse(readFileSync(verdict, 'utf8')));
  return { code, stderr, attempts, kills, ...historyOf(directory) };
}

/** Whether the step was done, and the moment after it came, before the end. */
async function reached(
  { step, delay }: Interruption,
  directory: string,
  child: ChildProcess,
): Promise<boolean> {
  while (child.exitCode === null) {
    if (eventsOf(directory).some((event) => event.type === 'step' && event.step >= step)) {
      await sleep(delay);
      return true;
    }
    await sleep(20);
  }
  return false;
}

/** To what is in use now, again and again: a trainer takes less as long as it can. Returns the kills, 0 or 1. */
async function lowerUntilKilled(
  { limit }: Interruption,
  around: TestCgroup,
  child: ChildProcess,
): Promise<number> {
  const attempt = attemptIn(around);
  if (!attempt) return 0; // between two attempts
  const target = limit === 'own' ? attempt : around.group;
  try {
    while (child.exitCode === null && existsSync(attempt.folder)) {
      // In this order: what is in use after the kill would be a limit for plimsoll itself.
      const used = cgroupUsage(target)?.unreclaimable ?? 0;
      if (killsIn(attempt) > 0) return 1;
      lower(target, used);
      await sleep(10);
    }
    return 0; // it ended by itself, for want of memory or in good time
  } finally {
    if (limit === 'around') around.setLimit(2 * LIMIT);
  }
}

const LIMIT_FILE = { 1: 'memory.limit_in_bytes', 2: 'memory.max' } as const;

function lower(group: MemoryGroup, used: number): void {
  try {
    writeFileSync(join(group.folder, LIMIT_FILE[group.version]), String(used + MIB / 2));
  } catch {
    // EBUSY: it grew in the meantime; or it is gone.
  }
}

function killsIn(group: MemoryGroup): number {
  const counters = cgroupCounters(group);
  return counters?.own.kills ?? counters?.subtree.kills ?? 0;
}

function attemptIn({ group }: TestCgroup): MemoryGroup | null {
  const name = readdirSync(group.folder).find((each) => each.startsWith('plimsoll-'));
  if (name === undefined) return null;
  const { version, path, folder } = group;
  return { version, path: join(path, name), folder: join(folder, name) };
}

function historyOf(
  directory: string,
): Pick<Interrupted, 'losses' | 'mostRepeated' | 'planChanged'> {
  const losses: number[] = [];
  /** those under which a step was done */
  const plans = new Set<string>();
  let [done, mostRepeated, plan] = [0, 0, ''];
  for (const event of eventsOf(directory)) {
    if (event.type === 'run-started') {
      mostRepeated = Math.max(mostRepeated, done - (event.resumedFrom?.step ?? 0));
    } else if (event.type === 'step') {
      losses[event.step - 1] = event.loss;
      done = event.step;
      plans.add(plan);
    } else if (event.type === 'planned') {
      const { mmapThreshold: _, ...sums } = event.prediction.plan; // where buffers lie changes no sum
      plan = JSON.stringify(sums);
    } else if (event.type === 'warning' && event.code === 'PLAN_CHANGED') plan = event.message;
  }
  return { losses, mostRepeated, planChanged: plans.size > 1 };
}

/** Whole lines: the last may be under way, or cut off by a kill. */
function eventsOf(directory: string): RunEvent[] {
  const file = join(directory, 'events.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.flatMap((line): RunEvent[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

function words(count: number, seed: number): string {
  return Array.from({ length: count }, (_, i) => WORDS[(7 * i + 3 * seed) % WORDS.length]).join(
    ' ',
  );
}
const WORDS = 'turn on the light in the kitchen please and close the window of the bath'.split(' ');

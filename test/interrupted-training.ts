/**
 * @file A training under `plimsoll run` whose limit is lowered under it at moments of chance, until the
 * kernel kills it: how often, what became of the run, and how its losses compare with an unbroken one's.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupCounters, cgroupUsage, type MemoryGroup, readText } from '#kernel';
import { type AttemptSummary, type Phase, type RunEvent, runVerdictSchema } from '#protocol';
import { flags } from '../bench/training.ts';
import { createCgroup, type TestCgroup, writeLimit } from './cgroup.ts';
import { plimsoll } from './plimsoll.ts';
import { writeSmallModel } from './small-model.ts';
import { neighbour } from './starve.ts';

const COMMAND = resolve('bin/plimsoll');
const MIB = 2 ** 20;

export const CHECKPOINT_EVERY = 3;
export const STEPS = 18;
/** As in a container that is large enough. */
const LIMIT = 300 * MIB;

export interface Interruption {
  /**
   * own: of the group that `plimsoll run` made, and it stays low, so that a smaller plan is needed. Never before the
   * attempt's first step is done: what is in use until then is less than any plan takes;
   * around: of a group around it, and only until the kill, so that the same plan does again
   */
  readonly limit: 'own' | 'around';
  /**
   * milliseconds after an attempt has begun; or in the middle of that, done for the so manieth time: there it is
   * stopped
   */
  readonly at: number | { readonly phase: 'checkpoint' | 'evaluate'; readonly times: number };
}

/** What a trainer is busy with when it is killed, as it last told. */
export const DOINGS = [
  'loading',
  'its first step',
  'a step',
  'an evaluation',
  'a checkpoint',
  'its end',
] as const;
export type Doing = (typeof DOINGS)[number];

export interface Interrupted {
  readonly code: number | null;
  readonly attempts: readonly AttemptSummary[];
  /** what it was busy with, for each time that the kernel killed it */
  readonly kills: readonly Doing[];
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
    'held-out': 0.1,
    'eval-every': 2 * CHECKPOINT_EVERY,
  });
}

/** Its losses, and how long it took from the moment in which it told that it had begun. */
export function unbrokenTraining(
  work: readonly string[],
  folder: string,
): { readonly losses: readonly number[]; readonly milliseconds: number } {
  const directory = join(folder, 'unbroken');
  const { status, stderr } = plimsoll('train', '--json', ...work, '--run-directory', directory);
  if (status !== 0) throw new Error(stderr);
  const [first, last] = [eventsOf(directory)[0], eventsOf(directory).at(-1)];
  const milliseconds = Date.parse(last?.time ?? '') - Date.parse(first?.time ?? '');
  return { losses: historyOf(directory).losses, milliseconds };
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
  const kills: Doing[] = [];
  let attempts = 0;
  for (const interruption of interruptions) {
    if (!(await reached(interruption, attempts, directory, child))) break;
    attempts = attemptsOf(directory).length;
    const isKilled = await lowerUntilKilled(interruption, around, child);
    if (isKilled) kills.push(doing(directory));
  }
  const { code, signal, stderr } = await ended;
  if (!existsSync(verdict)) throw new Error(`plimsoll run: ${code ?? signal}, ${stderr}`);
  const { attempts: summaries } = runVerdictSchema.parse(JSON.parse(readFileSync(verdict, 'utf8')));
  return { code, stderr, attempts: summaries, kills, ...historyOf(directory) };
}

/** Whether an attempt after `before` has begun and the moment came, before the end. */
async function reached(
  { limit, at }: Interruption,
  before: number,
  directory: string,
  child: ChildProcess,
): Promise<boolean> {
  const come = async (condition: (attempt: readonly RunEvent[]) => boolean) => {
    while (isRunning(child)) {
      const attempts = attemptsOf(directory);
      if (attempts.length > before && condition(attempts.at(-1) ?? [])) return true;
      await sleep(5);
    }
    return false;
  };
  const mayBe = (attempt: readonly RunEvent[]) => limit === 'around' || attempt.some(isStep);
  if (typeof at !== 'number')
    return await come((attempt) => mayBe(attempt) && stoppedIn(at, attempt, directory));
  if (!(await come(() => true))) return false;
  await sleep(at);
  return await come(mayBe);
}

function stoppedIn(
  { phase, times }: Exclude<Interruption['at'], number>,
  attempt: readonly RunEvent[],
  directory: string,
): boolean {
  const isIn = (events: readonly RunEvent[]) => phasesOf(events).at(-1) === phase;
  if (!isIn(attempt) || phasesOf(attempt).filter((each) => each === phase).length < times)
    return false;
  const pid = attempt.find((event) => event.type === 'run-started')?.pid;
  if (pid === undefined) return false;
  try {
    process.kill(pid, 'SIGSTOP');
    if (isIn(attemptsOf(directory).at(-1) ?? [])) return true;
    process.kill(pid, 'SIGCONT'); // it was faster
  } catch {
    // and has ended
  }
  return false;
}

function phasesOf(events: readonly RunEvent[]): Phase[] {
  return events.flatMap((event) => (event.type === 'phase' ? [event.phase] : []));
}

/** The events of each. */
function attemptsOf(directory: string): RunEvent[][] {
  const attempts: RunEvent[][] = [];
  for (const event of eventsOf(directory)) {
    if (event.type === 'run-started') attempts.push([]);
    attempts.at(-1)?.push(event);
  }
  return attempts;
}

function doing(directory: string): Doing {
  const attempt = attemptsOf(directory).at(-1) ?? [];
  const phase = phasesOf(attempt).at(-1);
  if (phase === undefined) return 'loading';
  if (phase === 'train') return attempt.some(isStep) ? 'a step' : 'its first step';
  return DURING[phase];
}

const DURING: Readonly<Record<Exclude<Phase, 'train'>, Doing>> = {
  'open-model': 'loading',
  'prepare-data': 'loading',
  'convert-weights': 'loading',
  'build-graphs': 'loading',
  evaluate: 'an evaluation',
  checkpoint: 'a checkpoint',
  generate: 'its end',
  'save-adapter': 'its end',
};

const isStep = (event: RunEvent): boolean => event.type === 'step';

/**
 * To what is in use now, again and again: a trainer takes less as long as it can. Where it takes no more for a while,
 * a small process beside it takes what the limit leaves. A limit around both leaves room for plimsoll's own pages,
 * which come and go, and a neighbour takes that at once. Whether the trainer was killed.
 */
async function lowerUntilKilled(
  { limit, at }: Interruption,
  around: TestCgroup,
  child: ChildProcess,
): Promise<boolean> {
  const attempt = attemptIn(around);
  if (!attempt) return false; // between two attempts
  const isOwn = limit === 'own';
  const target = isOwn ? attempt : around.group;
  const room = isOwn ? MIB / 2 : NEIGHBOUR;
  const patience = isOwn && typeof at === 'number' ? STILL_MS : 0;
  const began = performance.now();
  try {
    while (isRunning(child) && existsSync(attempt.folder)) {
      // In this order: what is in use after the kill would be a limit for plimsoll itself.
      const used = cgroupUsage(target)?.unreclaimable ?? 0;
      if (killsIn(attempt) > 0) return true;
      if (readText(join(attempt.folder, 'cgroup.procs')) === '') return killsIn(attempt) > 0; // plimsoll alone is left
      lower(target, used + room);
      if (performance.now() - began >= patience) await takeTheRest(target, used, room + 2 * MIB);
      await sleep(10);
    }
    return false; // it ended by itself, for want of memory or in good time
  } finally {
    if (!isOwn) around.setLimit(2 * LIMIT);
  }
}

const STILL_MS = 300;
const NEIGHBOUR = 32 * MIB;

/**
 * The kernel takes the trainer. A victim's memory comes back a little after its end, and where the limit is reached
 * again before that, the next is to be this process, not who watches: it counts as a little larger than plimsoll
 * (test/faults/around.test.ts), and smaller than the trainer.
 */
async function takeTheRest(group: MemoryGroup, used: number, bytes: number): Promise<void> {
  const score = Math.min(Math.ceil(((62 * MIB) / used) * 1000), 1000);
  await neighbour(group, bytes, score);
}

/** A signal is an end, too. */
function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function lower(group: MemoryGroup, limit: number): void {
  try {
    writeLimit(group, limit);
  } catch {
    // EBUSY: it grew in the meantime; or it is gone.
  }
}

function killsIn(group: MemoryGroup): number {
  const counters = cgroupCounters(group);
  return counters?.own.kills ?? counters?.subtree.kills ?? 0;
}

/** The group of the attempt that runs in a group; null between two. */
export function attemptIn({ group }: TestCgroup): MemoryGroup | null {
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
export function eventsOf(directory: string): RunEvent[] {
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

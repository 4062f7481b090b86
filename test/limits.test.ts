/**
 * @file Training under limits that the kernel enforces: a run that fits is never killed, and one that no
 * longer fits, because its limit shrinks or a neighbour grows, adapts or ends by itself.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemCodeOf } from '#base';
import { cgroupsUnavailable, createCgroup, type Ended, type TestCgroup } from './cgroup.ts';

const MIB = 2 ** 20;
const STEPS = 8;
const unavailable = cgroupsUnavailable();

const root = mkdtempSync(join(tmpdir(), 'plimsoll-limits-'));
const at = (...parts: string[]): string => join(root, ...parts);
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The embedded base, two examples of full length a step: 110 MiB, of which 45 need not be kept. */
const TRAINING = [
  '--pad-to-max --source-max-tokens 256 --target-max-tokens 256 --held-out 0',
  '--batch-size 2 --gradient-accumulation-steps 1 --threads 1',
  `--max-steps ${STEPS} --checkpoint-every ${STEPS}`,
].flatMap((words) => words.split(' '));

/** 12 held-out examples at once would take 78 MiB, under a limit that leaves a step 50. */
const EVALUATED = (
  '--held-out 0.5 --source-max-tokens 256 --target-max-tokens 128 --batch-size 2 ' +
  '--gradient-accumulation-steps 1 --threads 1 --max-steps 2'
).split(' ');

/** Longer than what is trained on: each is cut to the longest allowed. */
function writeLongExamples(file: string, count: number): string {
  const lines = Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      prompt: `turn on light ${i} `.repeat(120),
      completion: `light ${i} is on `.repeat(60),
    }),
  );
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

interface Watched extends Ended {
  readonly losses: readonly number[];
  readonly warnings: readonly string[];
  /** processes of the group that the kernel killed */
  readonly kills: number;
}

interface Event {
  readonly type: string;
  readonly code?: string;
  readonly step?: number;
  readonly loss: number;
}

/** `plimsoll train` in the group; `onEvent` sees each event as it comes. */
async function train(
  cgroup: TestCgroup,
  words: readonly string[],
  onEvent: (event: Event, child: ChildProcess) => void = () => {},
): Promise<Watched> {
  const started = cgroup.start('bin/plimsoll', ['train', '--json', ...words]);
  const events: Event[] = [];
  started.child.stdin?.end();
  createInterface({ input: started.child.stdout! }).on('line', (line) => {
    const event: Event = JSON.parse(line);
    events.push(event);
    onEvent(event, started.child);
  });
  const ended = await started.ended;
  const { own, subtree } = cgroup.counters();
  return {
    ...ended,
    losses: events.filter(({ type }) => type === 'step').map(({ loss }) => loss),
    warnings: events.flatMap(({ type, code }) => (type === 'warning' && code ? [code] : [])),
    kills: Number(own.kills ?? subtree.kills),
  };
}

/** As a run without a limit, to rounding. */
function expectSameLosses(losses: readonly number[], whole: readonly number[]): void {
  expect(losses).toHaveLength(whole.length);
  losses.forEach((loss, i) => expect(Math.abs(loss / whole[i]! - 1)).toBeLessThan(1e-5));
}

describe.skipIf(unavailable !== null)(`limits (${unavailable ?? 'real cgroups'})`, () => {
  let whole: Watched;

  beforeAll(async () => {
    await using cgroup = createCgroup();
    whole = await train(cgroup, [...TRAINING, '--run-directory', at('whole')]);
  });

  test('a run that needs a smaller plan finishes under its limit, unharmed', async () => {
    const limit = 124 * MIB;
    await using cgroup = createCgroup({ limit });
    const words = [...TRAINING, '--run-directory', at('limited')];
    const { code, stderr, losses, kills, peak } = await train(cgroup, words);
    expect({ code, kills }, stderr).toEqual({ code: 0, kills: 0 });
    expectSameLosses(losses, whole.losses);
    expect(peak.unreclaimable).toBeLessThan(limit);
    expect(whole.peak.unreclaimable).toBeGreaterThan(limit);
    const { prediction } = recordOf(at('limited'));
    expect(prediction).toMatchObject({ answer: 'fits-with-this-plan' });
  });

  test('a limit that shrinks: a smaller plan, the same losses', async () => {
    await using cgroup = createCgroup({ limit: 200 * MIB });
    let stop: (() => void) | undefined;
    const words = [...TRAINING, '--run-directory', at('shrunk')];
    const ended = await train(cgroup, words, (event, child) => {
      if (event.step === 1) stop = meanwhile(child, shrinking(cgroup));
      if (event.code === 'PLAN_CHANGED') stop?.();
    });
    const { code, stderr, losses, warnings, kills } = ended;
    expect({ code, kills }, stderr).toEqual({ code: 0, kills: 0 });
    expect(warnings).toContain('PLAN_CHANGED');
    expectSameLosses(losses, whole.losses);
  });

  test('a limit that shrinks below every plan: a checkpoint, exit code 12, and it goes on', async () => {
    await using cgroup = createCgroup({ limit: 200 * MIB });
    const words = [...TRAINING, '--run-directory', at('exhausted')];
    const ended = await train(cgroup, words, (event, child) => {
      if (event.step === 1) meanwhile(child, shrinking(cgroup));
    });
    await expectExhausted(ended, at('exhausted'));
  });

  test('held-out examples are answered as many at once as there is room for', async () => {
    const words = ['--data', writeLongExamples(at('long.jsonl'), 24), ...EVALUATED];
    await using free = createCgroup();
    const roomy = await train(free, [...words, '--run-directory', at('roomy')]);
    await using cgroup = createCgroup({ limit: 124 * MIB });
    const { code, kills, stderr } = await train(cgroup, [...words, '--run-directory', at('tight')]);
    expect({ code, kills }, stderr).toEqual({ code: 0, kills: 0 });
    expect(roomy.code).toBe(0);
    const [tight, expected] = [at('tight'), at('roomy')].map((folder) =>
      Number(recordOf(folder)['eval_loss']),
    );
    expect(Math.abs(tight! / expected! - 1)).toBeLessThan(1e-5);
  });

  test('a neighbour that grows: the same', async () => {
    await using cgroup = createCgroup({ limit: 150 * MIB });
    const neighbour = growing(cgroup);
    const words = [...TRAINING, '--run-directory', at('crowded')];
    const ended = await train(cgroup, words, (event, child) => {
      if (event.step === 1) meanwhile(child, () => neighbour.grow());
    });
    expect(neighbour.end()).toBe(true);
    await expectExhausted(ended, at('crowded'));
  });

  /** What ended by itself left all of its steps behind, from which another process goes on. */
  async function expectExhausted(ended: Watched, folder: string): Promise<void> {
    const done = ended.losses.length;
    expect({ code: ended.code, kills: ended.kills }, ended.stderr).toEqual({ code: 12, kills: 0 });
    expect(ended.stderr).toMatch(/to go on takes .* at the least, and cgroup .* leaves /);
    expect(ended.stderr).toContain(`after step ${done}:`);
    expect(ended.stderr).toContain('--resume-from');
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(STEPS);
    expect(recordOf(folder)).toMatchObject({
      status: 'failed',
      error: { code: 'MEMORY_EXHAUSTED' },
      attempts: [{ to_step: done }],
    });
    await using roomy = createCgroup({ limit: 400 * MIB });
    const resumed = await train(roomy, ['--resume-from', folder]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expectSameLosses([...ended.losses, ...resumed.losses], whole.losses);
  }
});

function recordOf(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, 'training_run.json'), 'utf8'));
}

/**
 * Calls back again and again while a process works, each time that it has used some more processor time:
 * on a busy machine it is not overtaken. Until it ends, or is stopped.
 */
function meanwhile({ pid }: ChildProcess, act: () => void): () => void {
  let last = 0;
  const timer = setInterval(() => {
    const now = cpuMilliseconds(pid);
    if (now === null) clearInterval(timer);
    else if (now - last >= WORK_MS) {
      last = now;
      act();
    }
  }, 5);
  return () => clearInterval(timer);
}

const WORK_MS = 40;
/** What is taken away each time; the trainer looks before each session, the longest of which works 60 ms. */
const PIECE = 2 * MIB;

/** utime and stime of proc_pid_stat(5); null once it has ended. */
function cpuMilliseconds(pid: number | undefined): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return fields[0] === 'Z' ? null : 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return null;
  }
}

/** An operator who lowers the limit bit by bit; version 1 refuses less than is in use, version 2 kills for it. */
function shrinking(cgroup: TestCgroup): () => void {
  let limit = Infinity;
  return () => {
    const { unreclaimable } = cgroup.usage();
    // The first cut leaves what a step takes.
    const wanted = limit === Infinity ? unreclaimable + 24 * MIB : limit - PIECE;
    const next = Math.max(wanted, unreclaimable + PIECE);
    if (next >= limit) return;
    try {
      cgroup.setLimit(next);
      limit = next;
    } catch (error) {
      if (systemCodeOf(error) !== 'EBUSY') throw error;
    }
  };
}

/** A process in the same group that takes more memory whenever it is told to. */
function growing(cgroup: TestCgroup): { grow(): void; end(): boolean } {
  const { child } = cgroup.start('node', [
    '-e',
    `const kept = []; process.stdin.on('data', () => kept.push(Buffer.alloc(${PIECE}, 1)));`,
  ]);
  return { grow: () => child.stdin?.write('.'), end: () => child.kill('SIGKILL') };
}

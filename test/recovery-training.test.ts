/**
 * @file A trainer of ours whose limit is lowered under it goes on from its checkpoint, under a plan that fits
 * then, and computes what it would have. The benchmark `recovery` has many of them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { stream } from '#base';
import { cgroupsUnavailable, createCgroup } from './cgroup.ts';
import {
  attemptIn,
  CHECKPOINT_EVERY,
  eventsOf,
  type Interruption,
  interruptedTraining,
  STEPS,
  trainingFlags,
  unbrokenTraining,
} from './interrupted-training.ts';

const COMMAND = resolve('bin/plimsoll');
const SEED = 20260401;
const RUNS = 2;
/** Starts of Node, of a planner and of sessions for each attempt: half a minute on two free cores. */
const LONG = 900_000;
const root = mkdtempSync(join(tmpdir(), 'plimsoll-interrupted-'));
afterAll(() => rmSync(root, { recursive: true }));
const unavailable = cgroupsUnavailable();
if (unavailable !== null) console.warn(`skipped: ${unavailable}`);

test.skipIf(unavailable !== null).each([
  [
    '60M',
    12,
    /^plimsoll: no further attempt: under no plan does the run fit into 60 MiB .*would do/m,
  ],
  [
    '60M..200M',
    0,
    /^plimsoll: attempt 1 ended .*exit code 12.*; a plan is looked for that fits\nplimsoll: attempt 2 now: from the beginning, limit/m,
  ],
])(
  'where no plan fits, the limit is raised as far as it may be, or no attempt is made: %s',
  (memory, status, line) => {
    const folder = mkdtempSync(join(root, 'unfit-'));
    const train = [COMMAND, 'train', '--json', ...trainingFlags(folder)];
    const place = ['--output-dir', join(folder, 'output')];
    const words = ['run', '--memory', memory, '--', ...train, ...place];
    const env = { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: folder };
    const ended = spawnSync(COMMAND, words, { env, encoding: 'utf8' });
    expect(ended.stderr).toMatch(line);
    expect(ended.status).toBe(status);
  },
  LONG,
);

test.skipIf(unavailable !== null)(
  'killed again before its first word, it goes on from the same checkpoint',
  async () => {
    const folder = mkdtempSync(join(root, 'unheard-'));
    const directory = join(folder, 'run');
    await using around = createCgroup();
    const train = [COMMAND, 'train', '--json', ...trainingFlags(folder)];
    const { child, ended } = around.start(
      COMMAND,
      ['run', '--retries', '2', '--backoff', '0.1,1', '--', ...train, '--run-directory', directory],
      { env: { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: folder } },
    );
    child.stdin?.end();
    const killed = new Set<string>();
    const isPastCheckpoint = () =>
      eventsOf(directory).some((event) => event.type === 'step' && event.step > CHECKPOINT_EVERY);
    while (killed.size < 2 && child.exitCode === null) {
      const attempt = attemptIn(around);
      const pids = attempt && isPastCheckpoint() ? processesIn(attempt.folder) : [];
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      if (attempt && pids.length > 0) killed.add(attempt.folder);
      await sleep(1);
    }
    const { code, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(
      /^plimsoll: attempt 2 now: from step 3 on.*\n.*attempt 2 ended .*killed, proven.*\n.*attempt 3 now: from step 3 on/m,
    );
  },
  LONG,
);

test.skipIf(unavailable !== null)(
  `${RUNS} runs, each interrupted twice`,
  async () => {
    const flags = trainingFlags(root);
    const { losses, milliseconds } = unbrokenTraining(flags, root);
    expect(losses).toHaveLength(STEPS);
    const draw = stream(SEED);
    for (let run = 0; run < RUNS; run++) {
      const limit = run % 2 === 0 ? 'own' : 'around';
      const interruptions = [0, 1].map((i): Interruption => ({
        limit,
        at: draw(2 * run + i) % Math.round(milliseconds / 2),
      }));
      const ended = await interruptedTraining(flags, root, interruptions);
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.attempts.length, ended.stderr).toBeGreaterThan(1);
      expect(ended.losses).toHaveLength(STEPS);
      const differences = losses.map((loss, i) => Math.abs(ended.losses[i]! / loss - 1));
      expect(Math.max(...differences)).toBeLessThanOrEqual(ended.planChanged ? 1e-5 : 0);
      expect(ended.mostRepeated).toBeLessThanOrEqual(CHECKPOINT_EVERY);
      console.log(
        `${limit}: ${ended.kills.length} kills, ${ended.attempts.length} attempts, plan ${ended.planChanged ? 'changed' : 'kept'}, ${ended.mostRepeated} steps again at most, losses differ by ${Math.max(...differences)}`,
      );
    }
  },
  LONG,
);

function processesIn(folder: string): number[] {
  return readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
}

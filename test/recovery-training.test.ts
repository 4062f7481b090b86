/**
 * @file A trainer of ours whose limit is lowered under it goes on from its checkpoint, under a plan that fits
 * then, and computes what it would have. The benchmark `recovery` has many of them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stream } from '#base';
import { cgroupsUnavailable } from './cgroup.ts';
import {
  CHECKPOINT_EVERY,
  interruptedTraining,
  STEPS,
  trainingFlags,
  unbrokenLosses,
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
    /^plimsoll: attempt 1 ended .*exit code 12.* attempt 2 now: from the beginning, limit/m,
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
  `${RUNS} runs, each interrupted twice`,
  async () => {
    const flags = trainingFlags(root);
    const losses = unbrokenLosses(flags, root);
    expect(losses).toHaveLength(STEPS);
    const draw = stream(SEED);
    for (let run = 0; run < RUNS; run++) {
      const limit = run % 2 === 0 ? 'own' : 'around';
      const at = (i: number) => ({
        step: 2 + 7 * i + (draw(4 * run + i) % 5),
        delay: draw(4 * run + 2 + i) % 200,
      });
      const ended = await interruptedTraining(flags, root, [
        { limit, ...at(0) },
        { limit, ...at(1) },
      ]);
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.attempts.length, ended.stderr).toBeGreaterThan(1);
      expect(ended.losses).toHaveLength(STEPS);
      const differences = ended.losses.map((loss, i) => Math.abs(loss / losses[i]! - 1));
      expect(Math.max(...differences)).toBeLessThanOrEqual(ended.planChanged ? 1e-5 : 0);
      expect(ended.mostRepeated).toBeLessThanOrEqual(CHECKPOINT_EVERY);
      console.log(
        `${limit}: ${ended.kills} kills, ${ended.attempts.length} attempts, plan ${ended.planChanged ? 'changed' : 'kept'}, ${ended.mostRepeated} steps again at most, losses differ by ${Math.max(...differences)}`,
      );
    }
  },
  LONG,
);

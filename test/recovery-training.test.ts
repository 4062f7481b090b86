/**
 * @file A trainer of ours whose limit is lowered under it goes on from its checkpoint, under a plan that fits
 * then, and computes what it would have. The benchmark `recovery` has many of them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const SEED = 20260401;
const RUNS = 2;
/** Starts of Node, of a planner and of sessions for each attempt: half a minute on two free cores. */
const LONG = 900_000;
const root = mkdtempSync(join(tmpdir(), 'plimsoll-interrupted-'));
afterAll(() => rmSync(root, { recursive: true }));
const unavailable = cgroupsUnavailable();
if (unavailable !== null) console.warn(`skipped: ${unavailable}`);

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

/**
 * @file Trainings whose limit is lowered under them at moments of chance: whether each comes to its end, with
 * which losses, and how much of it was done twice.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stream } from '#base';
import { cgroupsUnavailable } from '../test/cgroup.ts';
import {
  CHECKPOINT_EVERY,
  type Interrupted,
  type Interruption,
  interruptedTraining,
  STEPS,
  trainingFlags,
  unbrokenLosses,
} from '../test/interrupted-training.ts';
import type { Benchmark } from './benchmark.ts';

interface Facts {
  readonly seed: number;
  readonly runs: readonly Row[];
}

interface Row extends Pick<Interrupted, 'kills' | 'planChanged' | 'mostRepeated'> {
  readonly limit: Interruption['limit'];
  readonly completed: boolean;
  readonly attempts: number;
  /** relative, the largest of all steps; NaN where a step is missing */
  readonly difference: number;
}

/** Runs in all; `--steps` gives another number, to try it out. */
const RUNS = 50;
const SEED = 20260401;

export const recovery: Benchmark<Facts> = {
  name: 'recovery',
  about: `${RUNS} trainings, each interrupted twice by a lowered limit`,
  how:
    `A small T5 with LoRA, ${STEPS} steps, a checkpoint every ${CHECKPOINT_EVERY}, under \`plimsoll run --memory 300M\`. ` +
    'At a step and some milliseconds after it, drawn by chance, the limit is lowered to what is in use, again and ' +
    'again, until the kernel kills the trainer or it ends by itself. Own: the limit of its group, which stays low, ' +
    'so that a smaller plan is needed. Around: of a group around it, until the kill only. Kills are counted by the ' +
    'kernel. The loss difference is relative to an unbroken run.',
  unavailable: cgroupsUnavailable,

  async measure({ workFolder, say, steps: runs = RUNS }) {
    const folder = join(workFolder, 'recovery');
    mkdirSync(folder);
    const flags = trainingFlags(folder);
    const losses = unbrokenLosses(flags, folder);
    const draw = stream(SEED);
    const rows: Row[] = [];
    for (let run = 0; run < runs; run++) {
      const limit = run % 2 === 0 ? 'own' : 'around';
      const interruptions = [0, 1].map((i): Interruption => {
        const [step, delay] = [draw(4 * run + i), draw(4 * run + 2 + i)];
        return { limit, step: 1 + 7 * i + (step % 8), delay: delay % 300 };
      });
      const ended = await interruptedTraining(flags, folder, interruptions);
      rows.push(rowOf(limit, ended, losses));
      say(
        `${run + 1} of ${runs}: ${JSON.stringify(rows.at(-1))}${ended.code === 0 ? '' : `\n${ended.stderr}`}`,
      );
    }
    return { seed: SEED, runs: rows };
  },

  table: ({ runs }) => [
    [
      'runs',
      'number',
      'kills',
      'attempts',
      'completed',
      'largest loss difference',
      'most steps repeated',
    ],
    summary(
      'plan kept',
      runs.filter(({ planChanged }) => !planChanged),
    ),
    summary(
      'plan changed',
      runs.filter(({ planChanged }) => planChanged),
    ),
    summary('all', runs),
  ],
};

function rowOf(limit: Interruption['limit'], ended: Interrupted, unbroken: readonly number[]): Row {
  const { kills, planChanged, mostRepeated, losses } = ended;
  const differences = unbroken.map((loss, i) => Math.abs((losses[i] ?? Number.NaN) / loss - 1));
  return {
    limit,
    completed: ended.code === 0,
    attempts: ended.attempts.length,
    kills,
    planChanged,
    mostRepeated,
    difference: Math.max(...differences),
  };
}

function summary(name: string, runs: readonly Row[]): string[] {
  const sum = (of: (row: Row) => number) => String(runs.reduce((total, row) => total + of(row), 0));
  const most = (of: (row: Row) => number) => Math.max(0, ...runs.map(of));
  const difference = most((row) => row.difference);
  return [
    name,
    String(runs.length),
    sum((row) => row.kills),
    sum((row) => row.attempts),
    sum((row) => Number(row.completed)),
    difference === 0 ? '0' : difference.toExponential(1),
    `${most((row) => row.mostRepeated)} of ${CHECKPOINT_EVERY}`,
  ];
}

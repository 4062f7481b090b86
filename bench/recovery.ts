/**
 * @file Trainings whose limit is lowered under them at moments of chance, until the kernel has killed fifty:
 * whether each comes to its end, with which losses, and how much of it was done twice.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stream } from '#base';
import { cgroupsUnavailable } from '../test/cgroup.ts';
import {
  CHECKPOINT_EVERY,
  type Doing,
  DOINGS,
  type Interrupted,
  type Interruption,
  interruptedTraining,
  STEPS,
  trainingFlags,
  unbrokenTraining,
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
  /** relative, the largest of all steps; null where a step is missing */
  readonly difference: number | null;
}

/** Kills in all; `--steps` gives another number, to try it out. */
const KILLS = 50;
/** For each kill asked for: an interruption may come too late, or find a trainer that takes less. */
const MOST_RUNS = 3;
const SEED = 20260401;
/** Relative: sums in another order, and no more. */
const ROUNDING = 1e-5;

export const recovery: Benchmark<Facts> = {
  name: 'recovery',
  about: 'Trainings that are killed by a limit lowered under them, and go on',
  how:
    `A small T5 with LoRA, ${STEPS} steps, a checkpoint every ${CHECKPOINT_EVERY}, an evaluation every ` +
    `${2 * CHECKPOINT_EVERY}, under \`plimsoll run --memory 300M\`. At a moment of chance the limit is lowered to what ` +
    'is in use, again and again, until the kernel kills the trainer or it ends by itself; then once more in the ' +
    'attempt that follows. A moment lies anywhere between the first word of a trainer and its end; each third one ' +
    'is in the middle of a checkpoint or an evaluation, where it is stopped. In every other run it is the limit of ' +
    'the trainer’s own group, which stays low, so that a smaller plan is needed, and is lowered once a step is done, ' +
    'since less fits no plan; where the trainer takes no more by itself, a small process beside it takes what the ' +
    'limit leaves. In the others it is that of a group around trainer and plimsoll, until the kill, and leaves ' +
    '32 MiB, which a neighbour takes. Kills are counted by the kernel, and runs are begun until ' +
    `there are ${KILLS}. Losses are compared with those of an unbroken run, step by step, relative to them.`,
  unavailable: cgroupsUnavailable,

  async measure({ workFolder, say, steps: kills = KILLS }) {
    const folder = join(workFolder, 'recovery');
    mkdirSync(folder);
    const flags = trainingFlags(folder);
    const { losses, milliseconds } = unbrokenTraining(flags, folder);
    const rows: Row[] = [];
    while (killsOf(rows).length < kills && rows.length < MOST_RUNS * kills) {
      const interruptions = drawn(rows.length, milliseconds);
      const ended = await interruptedTraining(flags, folder, interruptions);
      const row = rowOf(interruptions[0]!.limit, ended, losses);
      rows.push(row);
      const problem = row.completed ? '' : `\n${ended.stderr}`;
      say(`${killsOf(rows).length} of ${kills} kills: ${JSON.stringify(row)}${problem}`);
    }
    return { seed: SEED, runs: rows };
  },

  table: ({ runs }) => {
    const kills = killsOf(runs);
    const completed = runs.filter((run) => run.completed).length;
    const attempts = runs.reduce((sum, run) => sum + run.attempts, 0);
    const repeated = Math.max(...runs.map(({ mostRepeated }) => mostRepeated));
    const changed = runs.filter(({ planChanged }) => planChanged);
    const kept = runs.filter(({ planChanged }) => !planChanged);
    return [
      ['what', 'asked for', 'measured', ''],
      ['kills by the kernel', String(KILLS), String(kills.length), held(kills.length >= KILLS)],
      ...DOINGS.map((doing) => [
        `of these in ${doing}`,
        '-',
        String(kills.filter((each) => each === doing).length),
        '',
      ]),
      [
        'runs that ended completed',
        'all',
        `${completed} of ${runs.length}, in ${attempts} attempts`,
        held(completed === runs.length),
      ],
      lossRow('the plan kept', kept, 0),
      lossRow('the plan changed', changed, ROUNDING),
      [
        'most steps repeated after a kill',
        `at most ${CHECKPOINT_EVERY}`,
        String(repeated),
        held(repeated <= CHECKPOINT_EVERY),
      ],
    ];
  },
};

/** Two, in one run and the attempts that follow, for a training that takes so many milliseconds. */
function drawn(run: number, milliseconds: number): Interruption[] {
  const draw = stream(SEED, run);
  const limit = run % 2 === 0 ? 'own' : 'around';
  const later = draw(0) % milliseconds; // what is left for the second, once the first has come
  return [milliseconds, milliseconds - later].map((within, i) => {
    const [kind, delay, times] = [draw(4 * i + 1), draw(4 * i + 2), draw(4 * i + 3)];
    if (kind % 3 > 0) return { limit, at: i === 0 ? later : delay % within };
    const phase = kind % 2 === 0 ? 'checkpoint' : 'evaluate';
    return { limit, at: { phase, times: 1 + (times % 2) } };
  });
}

function rowOf(limit: Interruption['limit'], ended: Interrupted, unbroken: readonly number[]): Row {
  const { kills, planChanged, mostRepeated, losses } = ended;
  const differences = unbroken.map((loss, i) => Math.abs((losses[i] ?? Number.NaN) / loss - 1));
  const difference = Math.max(...differences);
  return {
    limit,
    completed: ended.code === 0,
    attempts: ended.attempts.length,
    kills,
    planChanged,
    mostRepeated,
    difference: Number.isNaN(difference) ? null : difference,
  };
}

function killsOf(runs: readonly Row[]): Doing[] {
  return runs.flatMap(({ kills }) => kills);
}

function lossRow(name: string, runs: readonly Row[], asked: number): string[] {
  const differences = runs.map(({ difference }) => difference ?? Infinity);
  const most = Math.max(0, ...differences);
  const measured = `${most === 0 ? '0' : most.toExponential(1)}, ${runs.length} runs`;
  const bound = asked === 0 ? '0' : `at most ${asked.toExponential(0)}`;
  return [`largest loss difference, ${name}`, bound, measured, held(most <= asked)];
}

function held(isHeld: boolean): string {
  return isHeld ? 'held' : 'not held';
}

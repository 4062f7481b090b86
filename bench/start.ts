/**
 * @file How long a user waits: for `plimsoll --help`, for a plan, and from the command to the end of the
 * first training step at flan-t5-small's size with short examples. Files are in the page cache.
 */
import { execFileSync } from 'node:child_process';
import { cgroupsUnavailable, createCgroup } from '../test/cgroup.ts';
import { type Benchmark, WORKS } from './benchmark.ts';
import { plimsollCommand, plimsollTraining } from './plimsoll.ts';
import { referenceTraining } from './reference.ts';
import { showSeconds, summarize, type Summary } from './statistics.ts';
import { runTraining, type TrainingCommand } from './training.ts';

interface Facts {
  readonly help: Summary;
  readonly plan: Summary;
  /** the most unreclaimable bytes of planning; null where no cgroup can be made to count them */
  readonly planBytes: number | null;
  readonly firstStep: Summary;
  readonly referenceFirstStep: Summary | null;
}

export const start: Benchmark<Facts> = {
  name: 'start',
  about: 'seconds to wait',
  how:
    'The first step is that of a model of 77 million parameters, with examples of 24/64 tokens, and its end ' +
    'is counted. The plan is that of the same model with examples of 384/384. Files are in the page cache.',

  async measure(context) {
    const help = summarize(Array.from({ length: HELP_RUNS }, () => secondsOf('--help')));
    context.say(`--help: ${showSeconds(help)} s`);
    const planWords = ['plan', '--json', '--base-model', context.model, '--pad-to-max'];
    const plan = summarize(Array.from({ length: context.rounds }, () => secondsOf(...planWords)));
    const planBytes = cgroupsUnavailable() === null ? await bytesOf(...planWords) : null;
    context.say(`plan: ${showSeconds(plan)} s`);
    const { lengths } = WORKS.at(-1)!;
    const options = { ...context, lengths, steps: 2 };
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let i = 0; i < context.rounds; i++) {
      ours.push(await firstStep(await plimsollTraining(options)));
      if (context.reference) theirs.push(await firstStep(referenceTraining(options)));
    }
    return {
      help,
      plan,
      planBytes,
      firstStep: summarize(ours),
      referenceFirstStep: theirs.length > 0 ? summarize(theirs) : null,
    };
  },

  table: ({ help, plan, planBytes, firstStep: ours, referenceFirstStep: theirs }) => [
    ['what', 'ours min / median', 'reference min / median', 'ratio'],
    ['plimsoll --help', showSeconds(help), '-', '-'],
    [
      `plimsoll plan${planBytes === null ? '' : ` (${(planBytes / 2 ** 20).toFixed(0)} MiB)`}`,
      showSeconds(plan),
      '-',
      '-',
    ],
    [
      'command to end of first step',
      showSeconds(ours),
      theirs ? showSeconds(theirs) : '-',
      theirs ? (ours.median / theirs.median).toFixed(2) : '-',
    ],
  ],
};

const HELP_RUNS = 10;

function secondsOf(...words: readonly string[]): number {
  const { file, args } = plimsollCommand(...words);
  const started = performance.now();
  execFileSync(file, args, { stdio: 'ignore' });
  return (performance.now() - started) / 1000;
}

async function bytesOf(...words: readonly string[]): Promise<number> {
  await using group = createCgroup();
  const { file, args } = plimsollCommand(...words);
  return (await group.run(file, args)).peak.unreclaimable;
}

async function firstStep(command: TrainingCommand): Promise<number> {
  return (await runTraining(command)).firstStepSeconds;
}

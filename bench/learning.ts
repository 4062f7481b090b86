/**
 * @file What the embedded base learns from real data: sentences that people say to a home, and the
 * intents that they mean. The recipe was chosen on valid.jsonl; test.jsonl is only measured here.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Benchmark } from './benchmark.ts';
import { plimsollCommand } from './plimsoll.ts';
import { percent } from './statistics.ts';
import { flags, runTraining } from './training.ts';

interface Score {
  readonly examples: number;
  readonly loss: number;
  readonly exact_match: number;
}

interface Facts {
  readonly untuned: Score;
  readonly tuned: Score;
  readonly steps: number;
  /** from the start of `plimsoll train` to its end */
  readonly seconds: number;
  /** share of the cores that other work took meanwhile */
  readonly otherWork: number;
}

/** docs/learning.md tells the same; test/docs.test.ts compares. */
export const RECIPE = {
  method: 'lora',
  'lora-r': 16,
  'lora-alpha': 32,
  'lora-dropout': 0.1,
  'lora-targets': 'all-linear',
  'learning-rate': '2e-3',
  schedule: 'cosine',
  'warmup-ratio': 0.05,
  epochs: 16,
  'batch-size': 16,
  'gradient-accumulation-steps': 1,
} as const;

const DATA = join(resolve(process.env['PLIMSOLL_SHARED'] ?? '../shared'), 'data/home-intents');

export const learning: Benchmark<Facts> = {
  name: 'learning',
  about:
    'real data that the embedded base has never seen, home-intents: test.jsonl before and after',
  how:
    'LoRA on the 716 sentences of train.jsonl by the recipe of [Learning](learning.md), which was chosen ' +
    'on valid.jsonl; then `plimsoll eval` on the 102 of test.jsonl. Exact match: the whole answer, word for word.',

  unavailable: () =>
    existsSync(DATA) ? null : `there is no ${DATA} (PLIMSOLL_SHARED is the folder of data/)`,

  async measure({ workFolder, say }) {
    const data = join(DATA, 'test.jsonl');
    const untuned = score({ data });
    say(`untuned: ${percent(untuned.exact_match)} exact`);
    const folder = join(workFolder, 'learning');
    const training = { data: join(DATA, 'train.jsonl'), 'run-directory': folder, ...RECIPE };
    const started = performance.now();
    const { losses, otherWork } = await runTraining(
      plimsollCommand('train', '--json', ...flags(training)),
    );
    const seconds = (performance.now() - started) / 1000;
    const tuned = score({ data, adapter: folder });
    say(`tuned: ${percent(tuned.exact_match)} exact, in ${seconds.toFixed(0)} s`);
    return { untuned, tuned, steps: losses.length, seconds, otherWork };
  },

  table: ({ untuned, tuned, steps, seconds, otherWork }) => [
    ['model', 'loss per token', 'exact match', 'steps', 'seconds to train', 'other work'],
    ['untuned', ...scoreCells(untuned), '-', '-', '-'],
    ['tuned', ...scoreCells(tuned), String(steps), seconds.toFixed(0), percent(otherWork)],
  ],
};

function score(options: Readonly<Record<string, string>>): Score {
  const { file, args } = plimsollCommand('eval', '--json', ...flags(options));
  return JSON.parse(execFileSync(file, args, { encoding: 'utf8' }));
}

function scoreCells({ loss, exact_match }: Score): readonly string[] {
  return [loss.toFixed(3), `${(100 * exact_match).toFixed(1)}%`];
}

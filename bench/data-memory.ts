/**
 * @file Whether memory depends on the number of examples: the same training, of the embedded base, on
 * 200 and on 2,000,000 of them.
 */
import { join } from 'node:path';
import type { BenchContext, Benchmark } from './benchmark.ts';
import { writeManyExamples } from './many-examples.ts';
import { plimsollCommand } from './plimsoll.ts';
import { summarize } from './statistics.ts';
import { flags, runTraining, type TrainingFacts } from './training.ts';

interface Facts {
  readonly sizes: readonly {
    readonly examples: number;
    /** the most anonymous bytes in each phase: of the rounds' figures, the middle one */
    readonly phases: Readonly<Record<string, number>>;
    readonly peakBytes: number;
    /** seconds of reading, naming, tokenizing and checking */
    readonly preparing: number;
  }[];
}

const FEW = 200;
const MANY = 2_000_000;

export const dataMemory: Benchmark<Facts> = {
  name: 'data-memory',
  about: 'peak of anonymous memory by the number of examples, MiB',
  how:
    'The embedded base on made-up examples of one length, 20 steps; each phase of the run apart, the middle ' +
    'one of the rounds.',

  async measure(context) {
    return { sizes: [await sizeFacts(context, FEW), await sizeFacts(context, MANY)] };
  },

  table: ({ sizes }) => {
    const names = [...new Set(sizes.flatMap(({ phases }) => Object.keys(phases)))].filter((name) =>
      sizes.every(({ phases }) => name in phases),
    );
    const [few, many] = sizes;
    return [
      ['examples', ...names, 'whole run', 'seconds to prepare'],
      ...sizes.map(({ examples, phases, peakBytes, preparing }) => [
        examples.toLocaleString('en'),
        ...names.map((name) => mib(phases[name])),
        mib(peakBytes),
        preparing.toFixed(1),
      ]),
      [
        'difference',
        ...names.map((name) => mib((many?.phases[name] ?? 0) - (few?.phases[name] ?? 0))),
        mib((many?.peakBytes ?? 0) - (few?.peakBytes ?? 0)),
        '',
      ],
    ];
  },
};

async function sizeFacts(
  { workFolder, rounds, say }: BenchContext,
  examples: number,
): Promise<Facts['sizes'][number]> {
  const data = join(workFolder, `${examples}.jsonl`);
  await writeManyExamples(data, examples);
  const command = plimsollCommand(
    'train',
    '--json',
    ...flags({
      data,
      'output-dir': join(workFolder, 'output'),
      'max-samples': 'all',
      'max-steps': 20,
      threads: 2,
      seed: 1,
    }),
  );
  const runs: TrainingFacts[] = [];
  for (let round = 0; round < rounds; round++) {
    const facts = await runTraining(command, EVERY_MS);
    say(`${examples} examples: ${mib(facts.memory?.anonymousBytes)} MiB`);
    runs.push(facts);
  }
  const names = Object.keys(runs[0]?.memory?.phases ?? {});
  return {
    examples,
    phases: Object.fromEntries(
      names.map((name) => [name, middle(runs.map(({ memory }) => memory?.phases[name] ?? 0))]),
    ),
    peakBytes: middle(runs.map(({ memory }) => memory?.anonymousBytes ?? 0)),
    preparing: middle(runs.map(({ events }) => secondsOf(events, 'prepare-data'))),
  };
}

/** Often, for few examples are tokenized in a tenth of a second. */
const EVERY_MS = 20;

/** From the phase's beginning to that of the one after it. */
function secondsOf(events: TrainingFacts['events'], phase: string): number {
  const phases = events.filter(({ type }) => type === 'phase');
  const at = phases.findIndex((event) => event['phase'] === phase);
  const [begun, ended] = [phases[at], phases[at + 1]].map((event) =>
    Date.parse(String(event?.['time'])),
  );
  return ((ended ?? Number.NaN) - (begun ?? Number.NaN)) / 1000;
}

function middle(values: readonly number[]): number {
  return summarize(values).median;
}

function mib(bytes: number | undefined): string {
  return ((bytes ?? Number.NaN) / 2 ** 20).toFixed(1);
}

/**
 * @file Peak memory of the training process at flan-t5-small's size, anonymous and file pages apart,
 * read from outside. In a run of its own: reading page tables slows what is read by some per cent.
 */
import { type Benchmark, waysOf, type Work, WORKS } from './benchmark.ts';
import { plimsollTraining } from './plimsoll.ts';
import type { PeakMemory } from './process-memory.ts';
import { referenceTraining } from './reference.ts';
import { runTraining, type TrainingCommand } from './training.ts';

interface Facts {
  readonly works: readonly {
    readonly work: string;
    readonly ours: PeakMemory;
    readonly reference: PeakMemory | null;
    /** ours / reference, of the resident peaks */
    readonly ratio: number | null;
  }[];
}

export const memory: Benchmark<Facts> = {
  name: 'memory',
  about: 'peak memory, MiB: resident (anonymous + file pages when anonymous was most)',
  how:
    'The same training as in train-step, in processes of their own. The resident peak is the ' +
    "kernel's own high-water mark. Pages of files, such as mapped weights, are memory that the kernel can take " +
    'back, and cannot cause a kill; anonymous ones can.',

  async measure(context) {
    const works = [];
    for (const work of WORKS) {
      const options = { ...context, lengths: work.lengths, steps: STEPS };
      const reference = context.reference ? await peakOf(referenceTraining(options)) : null;
      if (reference) context.say(`${work.name} reference: ${shown(reference)} MiB`);
      for (const { name, knobs } of waysOf(work)) {
        const ours = await peakOf(await plimsollTraining({ ...options, knobs }));
        context.say(`${name} ours: ${shown(ours)} MiB`);
        const ratio = reference && ours.peakRssBytes / reference.peakRssBytes;
        works.push({ work: name, ours, reference, ratio });
      }
    }
    return { works };
  },

  table: ({ works }) => [
    ['source/target', 'ours', 'reference', 'ratio'],
    ...works.map(({ work, ours, reference, ratio }) => [
      work,
      shown(ours),
      reference ? shown(reference) : '-',
      ratio?.toFixed(2) ?? '-',
    ]),
  ],
};

/** Memory repeats itself from step to step. */
const STEPS: Work['steps'] = 3;
const EVERY_MS = 50;

async function peakOf(command: TrainingCommand): Promise<PeakMemory> {
  const { memory: peak } = await runTraining(command, EVERY_MS);
  if (!peak) throw new Error('internal: memory was not read');
  return peak;
}

function shown({ peakRssBytes, anonymousBytes, fileBytes }: PeakMemory): string {
  const [peak, anonymous, file] = [peakRssBytes, anonymousBytes, fileBytes].map((bytes) =>
    (bytes / 2 ** 20).toFixed(0),
  );
  return `${peak} (${anonymous} + ${file})`;
}

/** @file The reference implementation (PyTorch, transformers, peft) as a process; see reference/. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lengths } from './examples.ts';
import { flags, type TrainingCommand, type TrainingFacts } from './training.ts';

const FOLDER = join(import.meta.dirname, 'reference');

/** Ways to run the matrix products of one and the same reference; the best of them counts. */
export interface BlasSetup {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
}

/** All are OpenBLAS with OpenMP: with threads of its own it is several times slower. */
export function blasSetups(): readonly BlasSetup[] {
  const wide = readFileSync('/proc/cpuinfo', 'utf8').includes(' avx512f');
  const kernels = wide ? ['SkylakeX', 'Haswell'] : ['Haswell'];
  return [
    { name: 'as found', env: {} },
    { name: 'threads pinned', env: { OMP_PROC_BIND: 'true' } },
    ...kernels.map((kernel) => ({ name: `${kernel} kernels`, env: { OPENBLAS_CORETYPE: kernel } })),
  ];
}

export function referenceTraining(options: {
  readonly model: string;
  readonly lengths: Lengths;
  readonly steps: number;
  readonly setup?: BlasSetup;
}): TrainingCommand {
  const { model, lengths, steps, setup } = options;
  const venv = process.env['PLIMSOLL_REFERENCE_VENV'] ?? join(FOLDER, 'venv');
  if (!existsSync(venv)) {
    throw new Error(`expected the reference in ${venv}. Run: bash bench/reference/setup.sh`);
  }
  return {
    file: join(FOLDER, 'python'),
    args: [
      join(FOLDER, 'train_step.py'),
      ...flags({ model, steps, source: lengths.source, target: lengths.target }),
    ],
    ...(setup && { env: setup.env }),
  };
}

/** What the reference said that it ran on. */
export function versionsOf(facts: TrainingFacts): unknown {
  return facts.events.find((event) => event['type'] === 'versions') ?? null;
}

/** @file Plimsoll as a user runs it: the built command line, in processes of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadTokenizer } from '#weights';
import { type Lengths, writeExamples } from './examples.ts';
import { flags, type TrainingCommand } from './training.ts';

const MAIN = join(import.meta.dirname, '../dist/cli/main.js');
const COMMAND = join(import.meta.dirname, '../bin/plimsoll');

export function plimsollCommand(...args: readonly string[]): TrainingCommand {
  if (!existsSync(MAIN)) throw new Error(`expected ${MAIN}. Run: npm run build`);
  return { file: COMMAND, args };
}

/**
 * A model of a published shape with random weights, the same for both sides. Small ones: at
 * transformers' own scale random logits differ by a hundred, nearly all probabilities are denormals,
 * and each product with them takes the reference seventy times as long, which no trained model does.
 */
export function initModel(folder: string, size = 'flan-t5-small'): void {
  const { file, args } = plimsollCommand(
    'model',
    'init',
    size,
    ...flags({ output: folder, seed: 1, 'initializer-factor': 0.05 }),
  );
  execFileSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Training by the defaults of the command line: LoRA r 16 on q and v, batch 1 x 2 accumulation. */
export async function plimsollTraining(options: {
  readonly model: string;
  readonly workFolder: string;
  readonly lengths: Lengths;
  readonly steps: number;
  /** flags beside the defaults */
  readonly knobs?: readonly string[];
}): Promise<TrainingCommand> {
  const { model, workFolder, lengths, steps, knobs = [] } = options;
  const examples = 2 * steps;
  const data = join(workFolder, `${lengths.source}-${lengths.target}-${examples}.jsonl`);
  if (!existsSync(data)) {
    writeExamples(data, await loadTokenizer(model), lengths, examples);
  }
  return plimsollCommand(
    'train',
    '--json',
    ...flags({
      'base-model': model,
      data,
      'output-dir': join(workFolder, 'output'),
      'source-max-tokens': lengths.source,
      'target-max-tokens': lengths.target,
      'max-samples': examples,
      epochs: 1,
      threads: 2,
      seed: 1,
    }),
    ...knobs,
  );
}

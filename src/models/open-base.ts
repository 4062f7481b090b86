/** @file The base model of a run, opened: graphs, where its weights lie, its tokenizer. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprintOf } from '#base';
import {
  checkTokenizerMatches,
  type ModelFiles,
  openModel,
  type OpenModelOptions,
  type TensorLocation,
  type Tokenizer,
} from '#weights';
import { locateTensors } from './base-weights.ts';
import { type Model, modelOf } from './model.ts';

export interface OpenedBase {
  readonly files: ModelFiles;
  readonly model: Model;
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  readonly tokenizer: Tokenizer;
  readonly parameters: number;
  /** names configuration and weights, so that a resume can refuse others */
  readonly fingerprint: string;
}

/** @throws PlimsollError for whatever of the model is missing, damaged, or does not fit together */
export async function openBase(ref: string, options: OpenModelOptions = {}): Promise<OpenedBase> {
  const files = await openModel(ref, options);
  const model = modelOf(files.config, join(files.folder, 'config.json'));
  const tensors = locateTensors(model, files);
  const tokenizer = await files.tokenizer();
  checkTokenizerMatches(tokenizer, model.vocabSize, files.folder);
  return {
    files,
    model,
    tensors,
    tokenizer,
    parameters: [...tensors.values()].reduce((sum, { shape }) => sum + product(shape), 0),
    fingerprint: fingerprintOf({ config: files.config, weights: sampleFiles(tensors) }),
  };
}

/** How much of a weight file is read to tell it from others. All of it would take seconds. */
const SAMPLES = 64;
const SAMPLE_BYTES = 4096;

/** Size and samples of each file: a model trained further differs in every tensor. */
function sampleFiles(tensors: ReadonlyMap<string, TensorLocation>): string[] {
  const files = [...new Set([...tensors.values()].map(({ file }) => file))].toSorted();
  return files.map((file) => {
    const { size } = statSync(file);
    const hash = createHash('sha256').update(String(size));
    const bytes = Buffer.alloc(SAMPLE_BYTES);
    const fd = openSync(file, 'r');
    try {
      for (let i = 0; i < SAMPLES; i++) {
        const read = readSync(fd, bytes, 0, SAMPLE_BYTES, Math.floor((size * i) / SAMPLES));
        hash.update(bytes.subarray(0, read));
      }
    } finally {
      closeSync(fd);
    }
    return hash.digest('hex');
  });
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

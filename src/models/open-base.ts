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

/** Its graphs, and where its weights lie: as far as configuration and the headers of its files tell. */
export interface LocatedBase {
  readonly files: ModelFiles;
  readonly model: Model;
  readonly tensors: ReadonlyMap<string, TensorLocation>;
}

export interface OpenedBase extends LocatedBase {
  readonly tokenizer: Tokenizer;
  readonly parameters: number;
  /** names configuration and weights, so that a resume can refuse others */
  readonly fingerprint: string;
}

/** @throws PlimsollError for whatever of the model is missing, damaged, or does not fit together */
export async function openBase(ref: string, options: OpenModelOptions = {}): Promise<OpenedBase> {
  return await openLocatedBase(await locateBase(ref, options));
}

/**
 * Takes next to nothing, but for a model that must come from the hub first.
 *
 * @throws PlimsollError for files that are missing or damaged, and tensors that do not fit
 */
export async function locateBase(
  ref: string,
  options: OpenModelOptions = {},
): Promise<LocatedBase> {
  const files = await openModel(ref, options);
  const model = modelOf(files.config, join(files.folder, 'config.json'));
  return { files, model, tensors: locateTensors(model, files) };
}

/** @throws PlimsollError for a tokenizer that is missing, damaged, or another model's */
export async function openLocatedBase(base: LocatedBase): Promise<OpenedBase> {
  const { files, model, tensors } = base;
  const tokenizer = await files.tokenizer();
  checkTokenizerMatches(tokenizer, model.vocabSize, files.folder);
  return {
    ...base,
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

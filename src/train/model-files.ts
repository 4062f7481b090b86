/** @file Whole models on disk: made at random, rewritten in another precision, described. */
import { copyFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fail, makeFolder, writeFileSafely } from '#base';
import { initTensor, modelOf, openBase, t5ConfigOfSize } from '#models';
import {
  loadTokenizer,
  openModel,
  readTensor,
  type TensorToWrite,
  type Tokenizer,
  writeSafetensors,
} from '#weights';

export type ModelDType = 'fp32' | 'fp16' | 'bf16';

export interface MadeModel {
  readonly folder: string;
  readonly parameters: number;
  readonly bytes: number;
}

const STORED = { fp32: 'F32', fp16: 'F16', bf16: 'BF16' } as const;
const TORCH = { fp32: 'float32', fp16: 'float16', bf16: 'bfloat16' } as const;

/** A random model of a published size. @throws PlimsollError MODEL_SIZE_UNKNOWN, MODEL_FOLDER_NOT_EMPTY */
export async function initModel(options: {
  readonly size: string;
  readonly output: string;
  readonly seed: number;
  /** scale of all weights but the norms', as in transformers' T5Config; 1 when left out */
  readonly initializerFactor?: number;
  readonly dtype: ModelDType;
  /** folder whose tokenizer the model gets */
  readonly tokenizer: string;
}): Promise<MadeModel> {
  const { output, seed, dtype } = options;
  const config = {
    ...t5ConfigOfSize(options.size),
    initializer_factor: options.initializerFactor ?? 1,
    torch_dtype: TORCH[dtype],
  };
  const model = modelOf(config, join(output, 'config.json'));
  const tokenizer = await loadTokenizer(options.tokenizer);
  const tensors = [...model.tensors].map(([name, { shape }]) => ({
    name,
    dtype: STORED[dtype],
    shape,
    data: () => initTensor(model, name, seed).data,
  }));
  return write(output, config, tensors, tokenizer);
}

/** The same model with its weights stored in another precision. */
export async function convertModel(options: {
  readonly model: string;
  readonly output: string;
  readonly dtype: ModelDType;
}): Promise<MadeModel> {
  const { dtype } = options;
  const base = await openBase(options.model);
  const config = { ...base.files.config, torch_dtype: TORCH[dtype] };
  const tensors = [...base.tensors].map(([name, location]) => ({
    name,
    dtype: STORED[dtype],
    shape: location.shape,
    data: () => readTensor(location),
  }));
  return write(options.output, config, tensors, base.tokenizer);
}

export interface ModelInfo {
  readonly ref: string;
  readonly folder: string;
  readonly revision: string | null;
  readonly architecture: string;
  readonly parameters: number;
  readonly tensors: number;
  /** of the weights */
  readonly bytes: number;
  /** how many tensors of each type */
  readonly dtypes: Readonly<Record<string, number>>;
  readonly files: readonly string[];
  readonly vocabulary: number;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What a model is, from its headers alone. */
export async function modelInfo(ref: string): Promise<ModelInfo> {
  const files = await openModel(ref);
  const model = modelOf(files.config, join(files.folder, 'config.json'));
  const locations = [...files.tensors.values()];
  const dtypes: Record<string, number> = {};
  for (const { dtype } of locations) dtypes[dtype] = (dtypes[dtype] ?? 0) + 1;
  return {
    ref,
    folder: files.folder,
    revision: files.revision ?? null,
    architecture: model.family,
    parameters: locations.reduce((n, { shape }) => n + shape.reduce((a, b) => a * b, 1), 0),
    tensors: locations.length,
    bytes: locations.reduce((sum, { length }) => sum + length, 0),
    dtypes,
    files: [...new Set(locations.map(({ file }) => basename(file)))],
    vocabulary: model.vocabSize,
    config: files.config,
  };
}

function write(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  tensors: readonly TensorToWrite[],
  tokenizer: Tokenizer,
): MadeModel {
  makeEmptyFolder(folder);
  const file = join(folder, 'model.safetensors');
  writeSafetensors(file, tensors, { format: 'pt' });
  for (const source of tokenizer.files) copyFileSync(source, join(folder, basename(source)));
  writeFileSafely(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  const parameters = tensors.reduce((n, { shape }) => n + shape.reduce((a, b) => a * b, 1), 0);
  return { folder, parameters, bytes: statSync(file).size };
}

/** A model that stood there would be lost, and one that is being converted would change while it is read. */
function makeEmptyFolder(folder: string): void {
  makeFolder(folder);
  if (readdirSync(folder).length > 0) fail('MODEL_FOLDER_NOT_EMPTY', { folder });
}

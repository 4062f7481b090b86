/** @file A random T5 small enough to train in a test, its weights in a file as a run has them. */
import { join } from 'node:path';
import {
  type AdapterSpec,
  initAdapter,
  initTensor,
  linearModules,
  locateTensors,
  type Model,
  modelOf,
  type Parameters,
  PROMPT_TENSOR,
  t5ConfigOfSize,
  type TokenExample,
} from '#models';
import { readSafetensorsHeader, readTensor, type TensorLocation, writeSafetensors } from '#weights';

export interface TinyBase {
  readonly model: Model;
  readonly tensors: ReadonlyMap<string, TensorLocation>;
}

export type TinyMethod = 'full' | 'lora' | 'soft-prompt';
export const TINY_METHODS: readonly TinyMethod[] = ['full', 'lora', 'soft-prompt'];

/** The head is its own, so that LoRA and its dropout are met there too. */
export function tinyModel(changes: Readonly<Record<string, unknown>> = {}): Model {
  const config = {
    ...t5ConfigOfSize('plimsoll-mini'),
    vocab_size: 37,
    d_model: 16,
    d_kv: 4,
    d_ff: 24,
    num_heads: 2,
    num_layers: 2,
    num_decoder_layers: 2,
    tie_word_embeddings: false,
    relative_attention_num_buckets: 8,
    relative_attention_max_distance: 12,
    dropout_rate: 0.1,
    ...changes,
  };
  return modelOf(config, 'config.json');
}

export function writeTinyBase(
  folder: string,
  changes: Readonly<Record<string, unknown>> = {},
): TinyBase {
  const model = tinyModel(changes);
  const file = join(folder, 'model.safetensors');
  const tensors = [...model.tensors.keys()].map((name) => ({
    name,
    dtype: 'F32' as const,
    ...initTensor(model, name, 1),
  }));
  writeSafetensors(file, tensors, {});
  const files = { folder, tensors: readSafetensorsHeader(file).tensors };
  return { model, tensors: locateTensors(model, files) };
}

/** What is trained; LoRA's B is not zero, so that every parameter has a gradient. */
export function tinyPart(
  { model, tensors }: TinyBase,
  method: TinyMethod,
): { readonly adapter: AdapterSpec | null; readonly parameters: Parameters } {
  const adapter = tinyAdapter(model, method);
  if (!adapter) {
    const all = [...tensors].map(
      ([name, location]) => [name, { shape: location.shape, data: readTensor(location) }] as const,
    );
    return { adapter, parameters: new Map(all) };
  }
  const parameters = initAdapter(model, adapter, 3);
  for (const [name, { data }] of parameters) {
    if (name.endsWith('lora_B.weight')) data.forEach((_, i) => (data[i] = Math.sin(i + 1) / 4));
  }
  return { adapter, parameters };
}

export function tinyAdapter(model: Model, method: TinyMethod): AdapterSpec | null {
  if (method === 'full') return null;
  return method === 'lora'
    ? { kind: 'lora', r: 2, alpha: 3, dropout: 0.3, modules: linearModules(model) }
    : { kind: 'soft-prompt', virtualTokens: 3, rows: 6 };
}

/** What the method trains: the adapter, or everything. */
export function isTrained(adapter: AdapterSpec | null): (weight: string) => boolean {
  return (weight) => adapter === null || weight.includes('lora_') || weight === PROMPT_TENSOR;
}

/** Of all lengths, the longest source not with the longest target. */
export const TINY_EXAMPLES: readonly TokenExample[] = [
  [5, 3],
  [9, 2],
  [1, 7],
  [4, 3],
  [6, 5],
].map(([source = 0, target = 0], i) => ({
  source: [...idsFrom(7 * i, source - 1), 1],
  target: [...idsFrom(11 * i + 5, target - 1), 1],
}));

function idsFrom(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => 2 + ((start + 3 * i) % 35));
}

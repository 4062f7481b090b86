/**
 * @file Adapters on disk as Python's peft writes and reads them: adapter_config.json and
 * adapter_model.safetensors. What of peft's many options we do not compute is refused by name.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, systemCodeOf, writeFileSafely } from '#base';
import { readSafetensorsHeader, readTensor, writeSafetensors } from '#weights';
import { adapterShapes, type Parameters } from './adapter-parameters.ts';
import { type AdapterSpec, PROMPT_TENSOR, resolveTargets } from './adapter-spec.ts';
import type { Model } from './model.ts';

export const ADAPTER_CONFIG = 'adapter_config.json';
export const ADAPTER_TENSORS = 'adapter_model.safetensors';

export interface Adapter {
  readonly spec: AdapterSpec;
  readonly parameters: Parameters;
  readonly baseModel: string | null;
}

/** @throws PlimsollError ADAPTER_INVALID */
export function readAdapter(folder: string, model: Model): Adapter {
  const file = join(folder, ADAPTER_CONFIG);
  const config = readConfig(file);
  const spec = parseSpec(config, file, model, join(folder, ADAPTER_TENSORS));
  return {
    spec,
    parameters: readParameters(join(folder, ADAPTER_TENSORS), adapterShapes(model, spec)),
    baseModel: config.base_model_name_or_path ?? null,
  };
}

/** Writes both files; the tensors first, so that a folder with a configuration is complete. */
export function writeAdapter(
  folder: string,
  model: Model,
  adapter: Adapter & { readonly targets?: readonly string[] },
): void {
  const tensors = [...adapter.parameters].map(([name, { shape, data }]) => ({
    name,
    dtype: 'F32' as const,
    shape,
    data,
  }));
  writeSafetensors(join(folder, ADAPTER_TENSORS), tensors, { format: 'pt' });
  const config = peftConfig(model, adapter);
  writeFileSafely(join(folder, ADAPTER_CONFIG), `${JSON.stringify(config, null, 2)}\n`);
}

interface PeftConfig {
  readonly peft_type?: string;
  readonly base_model_name_or_path?: string | null;
  readonly r?: number;
  readonly target_modules?: string[] | string;
  readonly num_virtual_tokens?: number;
  readonly [option: string]: unknown;
}

/** Options of peft that change the computation, with the values under which it is ours. */
const REQUIRED_OPTIONS: Readonly<Record<string, readonly unknown[]>> = {
  bias: ['none'],
  fan_in_fan_out: [false],
  use_rslora: [false],
  use_dora: [false],
  lora_bias: [false],
  modules_to_save: [null],
  layers_to_transform: [null],
  layer_replication: [null],
  trainable_token_indices: [null],
  exclude_modules: [null],
  target_parameters: [null],
  use_qalora: [false],
  alora_invocation_tokens: [null],
  // The others (pissa, olora, corda, loftq) change the base's own weights too.
  init_lora_weights: [true, false, 'gaussian', 'orthogonal', 'eva'],
};

function readConfig(file: string): PeftConfig {
  const refuse = (expected: string, got: string): never =>
    fail('ADAPTER_INVALID', { file, expected, got });
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const isMissing = systemCodeOf(error) === 'ENOENT';
    return refuse('a file written by peft', isMissing ? 'no such file' : String(error));
  }
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    return refuse('JSON', String(error));
  }
  return isObject(config) ? config : refuse('a JSON object', text.slice(0, 40));
}

function parseSpec(
  config: PeftConfig,
  file: string,
  model: Model,
  tensorFile: string,
): AdapterSpec {
  const refuse = (expected: string, got: unknown): never =>
    fail('ADAPTER_INVALID', { file, expected, got: JSON.stringify(got) ?? 'nothing' });
  const count = (option: 'r' | 'num_virtual_tokens'): number => {
    const value = config[option];
    return typeof value === 'number' && Number.isInteger(value) && value > 0
      ? value
      : refuse(`'${option}' to be a whole number above 0`, value);
  };
  if (config.peft_type === 'PROMPT_TUNING') {
    const virtualTokens = count('num_virtual_tokens');
    const stored = readSafetensorsHeader(tensorFile).tensors.get(PROMPT_TENSOR)?.shape[0] ?? 0;
    // Rows that are no multiple of the tokens are refused below, by the tensor's name.
    const submodules = Math.max(1, Math.floor(stored / virtualTokens));
    return { kind: 'soft-prompt', virtualTokens, rows: virtualTokens * submodules };
  }
  if (config.peft_type !== 'LORA') {
    return refuse("'peft_type' to be LORA or PROMPT_TUNING", config.peft_type);
  }
  for (const [option, allowed] of Object.entries(REQUIRED_OPTIONS)) {
    const value = config[option];
    if (value !== undefined && !allowed.includes(value)) {
      refuse(`'${option}' to be ${JSON.stringify(allowed[0])}`, value);
    }
  }
  for (const pattern of ['rank_pattern', 'alpha_pattern']) {
    if (Object.keys(Object(config[pattern] ?? {})).length > 0) {
      refuse(`'${pattern}' to be empty`, config[pattern]);
    }
  }
  const { target_modules: targets } = config;
  if (!Array.isArray(targets) && targets !== 'all-linear') {
    return refuse('\'target_modules\' to be a list of names or "all-linear"', targets);
  }
  const { lora_alpha: alpha = 8, lora_dropout: dropout = 0 } = config; // peft's defaults
  if (typeof alpha !== 'number') return refuse("'lora_alpha' to be a number", alpha);
  if (typeof dropout !== 'number' || dropout < 0 || dropout >= 1) {
    return refuse("'lora_dropout' to be a number from 0 to below 1", dropout);
  }
  return {
    kind: 'lora',
    r: count('r'),
    alpha,
    dropout,
    modules: resolveTargets(linearModules(model), targets),
  };
}

/** The modules that LoRA can adapt, in the model's order. */
export function linearModules(model: Model): readonly string[] {
  return [...model.tensors]
    .filter(([, tensor]) => tensor.linear)
    .map(([name]) => name.replace(/\.weight$/, ''));
}

function readParameters(file: string, shapes: ReadonlyMap<string, readonly number[]>): Parameters {
  const { tensors } = readSafetensorsHeader(file);
  const parameters: Parameters = new Map();
  for (const [name, shape] of shapes) {
    const location = tensors.get(name);
    if (!location || String(location.shape) !== String(shape)) {
      return fail('ADAPTER_INVALID', {
        file,
        expected: `a tensor '${name}' of shape [${shape.join(', ')}]`,
        got: location ? `shape [${location.shape.join(', ')}]` : 'none of that name',
      });
    }
    parameters.set(name, { shape, data: readTensor(location) });
  }
  const extra = [...tensors.keys()].find((name) => !shapes.has(name));
  if (extra !== undefined) {
    fail('ADAPTER_INVALID', { file, expected: 'tensors of this base only', got: `'${extra}'` });
  }
  return parameters;
}

function peftConfig(
  model: Model,
  adapter: Adapter & { readonly targets?: readonly string[] },
): Record<string, unknown> {
  const { spec } = adapter;
  const common = {
    auto_mapping: null,
    base_model_name_or_path: adapter.baseModel,
    inference_mode: true,
    revision: null,
    task_type: model.peftTaskType,
  };
  if (spec.kind === 'soft-prompt') {
    return {
      ...common,
      num_attention_heads: model.heads,
      num_layers: model.layers,
      num_transformer_submodules: spec.rows / spec.virtualTokens,
      num_virtual_tokens: spec.virtualTokens,
      peft_type: 'PROMPT_TUNING',
      // The initial values are in the tensor file; RANDOM keeps readers from making them anew.
      prompt_tuning_init: 'RANDOM',
      prompt_tuning_init_text: null,
      token_dim: model.width,
      tokenizer_kwargs: null,
      tokenizer_name_or_path: null,
    };
  }
  return {
    ...common,
    alpha_pattern: {},
    bias: 'none',
    fan_in_fan_out: false,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: spec.alpha,
    lora_dropout: spec.dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: spec.r,
    rank_pattern: {},
    target_modules: adapter.targets ?? spec.modules,
    use_rslora: false,
  };
}

function isObject(value: unknown): value is PeftConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

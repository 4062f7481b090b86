/** @file Adapters written and read again, and what is said of those that cannot be used. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { writeSafetensors } from '#weights';
import { type Adapter, linearModules, readAdapter, writeAdapter } from './adapter-files.ts';
import { initAdapter } from './adapter-parameters.ts';
import { type AdapterSpec, resolveTargets } from './adapter-spec.ts';
import { tinyModel } from './tiny-t5.test-support.ts';

const model = tinyModel();
const root = mkdtempSync(join(tmpdir(), 'plimsoll-adapter-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder: string;
let configFile: string;
let tensorFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'adapter-'));
  configFile = join(folder, 'adapter_config.json');
  tensorFile = join(folder, 'adapter_model.safetensors');
});

const LORA: AdapterSpec = {
  kind: 'lora',
  r: 2,
  alpha: 3,
  dropout: 0.25,
  modules: resolveTargets(linearModules(model), ['q', 'v']),
};

describe('what was written is read again', () => {
  test.each<[string, AdapterSpec]>([
    ['LoRA', LORA],
    ['LoRA of one module', { ...LORA, modules: LORA.modules.slice(0, 1) }],
    ['a soft prompt', { kind: 'soft-prompt', virtualTokens: 4, rows: 8 }],
    ['a soft prompt for one submodule', { kind: 'soft-prompt', virtualTokens: 4, rows: 4 }],
  ])('%s', (_, spec) => {
    const adapter: Adapter = {
      spec,
      parameters: initAdapter(model, spec, 5),
      baseModel: 'some/model',
    };
    writeAdapter(folder, model, adapter);
    expect(readAdapter(folder, model)).toEqual(adapter);
  });

  test('targets that were named stand in the file by their names', () => {
    save(LORA, {}, ['v', 'q']);
    expect(JSON.parse(readFileSync(configFile, 'utf8'))).toMatchObject({
      peft_type: 'LORA',
      target_modules: ['v', 'q'],
      r: 2,
      lora_alpha: 3,
      lora_dropout: 0.25,
      task_type: 'SEQ_2_SEQ_LM',
      base_model_name_or_path: null,
    });
    expect(readAdapter(folder, model).spec).toEqual(LORA);
  });

  test("a soft prompt's file says what peft asks for", () => {
    save({ kind: 'soft-prompt', virtualTokens: 4, rows: 8 });
    expect(JSON.parse(readFileSync(configFile, 'utf8'))).toMatchObject({
      peft_type: 'PROMPT_TUNING',
      num_virtual_tokens: 4,
      num_transformer_submodules: 2,
      num_attention_heads: 2,
      num_layers: 2,
      token_dim: 6,
    });
  });

  test('what peft leaves out has its default: alpha 8, no dropout', () => {
    save(LORA, {
      lora_alpha: undefined,
      lora_dropout: undefined,
      base_model_name_or_path: undefined,
    });
    expect(readAdapter(folder, model)).toMatchObject({
      spec: { alpha: 8, dropout: 0 },
      baseModel: null,
    });
  });

  test('all-linear in the file is every linear layer', () => {
    const modules = linearModules(model);
    save({ ...LORA, modules }, { target_modules: 'all-linear' });
    expect(readAdapter(folder, model).spec).toMatchObject({ modules });
  });

  test('tensors of 16 bits are read as well', () => {
    const spec: AdapterSpec = { kind: 'soft-prompt', virtualTokens: 1, rows: 1 };
    save(spec);
    const data = Float32Array.of(1, -2, 0.5, 0, 3, 4);
    saveTensors({ prompt_embeddings: [1, 6] }, 'F16', data);
    expect(readAdapter(folder, model).parameters.get('prompt_embeddings')?.data).toEqual(data);
  });
});

describe('refused by name', () => {
  test.each<[option: string, value: unknown, expected: string]>([
    ['peft_type', 'IA3', 'LORA or PROMPT_TUNING'],
    ['peft_type', undefined, 'LORA or PROMPT_TUNING'],
    ['bias', 'all', '"none"'],
    ['fan_in_fan_out', true, 'false'],
    ['use_rslora', true, 'false'],
    ['use_dora', true, 'false'],
    ['lora_bias', true, 'false'],
    ['use_qalora', true, 'false'],
    ['modules_to_save', ['lm_head'], 'null'],
    ['layers_to_transform', [0], 'null'],
    ['layer_replication', [[0, 1]], 'null'],
    ['trainable_token_indices', [5], 'null'],
    ['exclude_modules', ['q'], 'null'],
    ['target_parameters', ['wo'], 'null'],
    ['alora_invocation_tokens', [1], 'null'],
    ['init_lora_weights', 'pissa', 'true'],
    ['rank_pattern', { q: 4 }, 'empty'],
    ['alpha_pattern', { q: 4 }, 'empty'],
    ['target_modules', '.*q', 'a list of names or "all-linear"'],
    ['target_modules', undefined, 'a list of names or "all-linear"'],
    ['r', 0, 'a whole number above 0'],
    ['r', 2.5, 'a whole number above 0'],
    ['r', undefined, 'a whole number above 0'],
    ['lora_alpha', '16', 'a number'],
    ['lora_dropout', 1, 'a number from 0 to below 1'],
    ['lora_dropout', null, 'a number from 0 to below 1'],
  ])('%s: %j', (option, value, expected) => {
    save(LORA, { [option]: value });
    refused({
      file: configFile,
      expected: `'${option}' to be ${expected}`,
      got: JSON.stringify(value) ?? 'nothing',
    });
  });

  test('a target that the model does not have', () => {
    save(LORA, { target_modules: ['c_attn'] });
    expect(() => readAdapter(folder, model)).toThrow(
      expect.objectContaining({ code: 'ADAPTER_TARGET_UNKNOWN' }),
    );
  });

  test('a number of virtual tokens that is none', () => {
    save({ kind: 'soft-prompt', virtualTokens: 4, rows: 4 }, { num_virtual_tokens: '4' });
    const expected = "'num_virtual_tokens' to be a whole number above 0";
    refused({ file: configFile, expected, got: '"4"' });
  });

  test('a folder without the file, and a file that is no object', () => {
    refused({ file: configFile, expected: 'a file written by peft', got: 'no such file' });
    writeFileSync(configFile, '[1]');
    refused({ file: configFile, expected: 'a JSON object', got: '[1]' });
    writeFileSync(configFile, '{');
    expect(() => readAdapter(folder, model)).toThrow(
      expect.objectContaining({
        code: 'ADAPTER_INVALID',
        message: expect.stringContaining(`${configFile}: expected JSON, got`),
      }),
    );
  });

  test('tensors that are missing, too many, or of another shape', () => {
    save(LORA);
    const a = `base_model.model.${LORA.modules[0]}.lora_A.weight`;
    saveTensors({});
    const expected = `a tensor '${a}' of shape [2, 6]`;
    refused({ file: tensorFile, expected, got: 'none of that name' });
    saveTensors({ [a]: [6, 2] });
    refused({ file: tensorFile, expected, got: 'shape [6, 2]' });
    const shapes = [...initAdapter(model, LORA, 1)].map(([name, { shape }]) => [name, shape]);
    saveTensors({ ...Object.fromEntries(shapes), other: [1] });
    refused({ file: tensorFile, expected: 'tensors of this base only', got: "'other'" });
  });

  test('a soft prompt whose rows are no multiple of its tokens, or of another width', () => {
    save({ kind: 'soft-prompt', virtualTokens: 4, rows: 4 });
    const expected = "a tensor 'prompt_embeddings' of shape [4, 6]";
    for (const shape of [
      [3, 6],
      [7, 6],
      [4, 7],
    ]) {
      saveTensors({ prompt_embeddings: shape });
      refused({ file: tensorFile, expected, got: `shape [${shape.join(', ')}]` });
    }
  });
});

/** An adapter of `spec` in the folder, its configuration changed; `undefined` takes an option away. */
function save(
  spec: AdapterSpec,
  changes: Readonly<Record<string, unknown>> = {},
  targets?: readonly string[],
): void {
  const parameters = initAdapter(model, spec, 1);
  writeAdapter(folder, model, { spec, parameters, baseModel: null, ...(targets && { targets }) });
  const config: object = JSON.parse(readFileSync(configFile, 'utf8'));
  writeFileSync(configFile, JSON.stringify({ ...config, ...changes }));
}

function saveTensors(
  shapes: Readonly<Record<string, readonly number[]>>,
  dtype: 'F32' | 'F16' = 'F32',
  values?: Float32Array,
): void {
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const data = values ?? new Float32Array(shape.reduce((a, b) => a * b, 1));
    return { name, dtype, shape, data };
  });
  writeSafetensors(tensorFile, tensors, {});
}

function refused(facts: { file: string; expected: string; got: string }): void {
  expect(() => readAdapter(folder, model)).toThrow(
    expect.objectContaining({ code: 'ADAPTER_INVALID', facts }),
  );
}

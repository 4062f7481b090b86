/** @file Folders that hold a model, whole or not. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { openModel } from './open-model.ts';
import { readTensor } from './read-tensor.ts';
import { saveTokenizer, unigram } from './tokenizers.test-support.ts';
import { writeSafetensors } from './write-safetensors.ts';

const root = mkdtempSync(join(tmpdir(), 'plimsoll-folder-'));
afterAll(() => rmSync(root, { recursive: true }));
const INDEX = 'model.safetensors.index.json';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'model-'));
  writeFileSync(join(folder, 'config.json'), '{"model_type": "t5", "vocab_size": 300}');
  saveTokenizer(folder, unigram());
  saveTensors('model.safetensors', { a: [1, 2], b: [3] });
});

test('a whole folder opens, and its tensors, config and tokenizer can be used', async () => {
  const model = await openModel(folder);
  expect(model).toMatchObject({ ref: folder, folder, config: { model_type: 't5' } });
  expect(model.revision).toBeUndefined();
  expect([...model.tensors.keys()]).toEqual(['a', 'b']);
  const a = model.tensors.get('a');
  expect(a && readTensor(a)).toEqual(Float32Array.of(1, 2));
  const tokenizer = await model.tokenizer();
  expect(tokenizer.encode('light').at(-1)).toBe(tokenizer.eosId);
  expect(await model.tokenizer()).toBe(tokenizer);
});

test('weights in several files are found through the index', async () => {
  shard({ a: 'model-1.safetensors', b: 'model-2.safetensors', c: 'model-2.safetensors' });
  saveTensors('model-1.safetensors', { a: [1] });
  saveTensors('model-2.safetensors', { b: [2], c: [3], unused: [4] });
  const { tensors } = await openModel(folder);
  const values = [...tensors].map(([name, location]) => [name, ...readTensor(location)]);
  expect(values).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 3],
  ]);
});

test('a shard that is missing is named, with a tensor of it', async () => {
  shard({ a: 'model-1.safetensors', b: 'model-2.safetensors' });
  saveTensors('model-1.safetensors', { a: [1] });
  await rejected(
    /index\.json: expected the file 'model-2\.safetensors', which holds tensor 'b'.*found model-1\.safetensors/,
  );
});

test('a tensor that its shard lacks is named', async () => {
  shard({ a: 'model-1.safetensors', b: 'model-1.safetensors' });
  saveTensors('model-1.safetensors', { a: [1] });
  await rejected(/expected tensor 'b' in model-1\.safetensors, which does not have it/);
});

test.each<[string, unknown, string]>([
  ['a path', { weight_map: { a: '../up.safetensors' } }, 'got "../up.safetensors"'],
  [
    'another kind of file',
    { weight_map: { a: 'pytorch_model-1.bin' } },
    'got "pytorch_model-1.bin"',
  ],
  ['a number', { weight_map: { a: 1 } }, "for tensor 'a', got 1"],
  ['no map', {}, "expected 'weight_map', an object from tensors to file names, got none"],
  ['a list', { weight_map: ['x'] }, 'got ["x"]'],
])('an index with %s is refused', async (_case, index, message) => {
  rmSync(join(folder, 'model.safetensors'));
  writeFileSync(join(folder, INDEX), JSON.stringify(index));
  await rejected(message);
});

test.each<[string, string, RegExp]>([
  [
    'config.json',
    'config.json',
    /expected config\.json, found model\.safetensors, tokenizer\.json/,
  ],
  [
    'weights',
    'model.safetensors',
    /expected weights, model\.safetensors or .*index\.json with its files, found config\.json/,
  ],
  [
    'a tokenizer',
    'tokenizer.json',
    /expected tokenizer\.json, found config\.json, model\.safetensors/,
  ],
])('a folder without %s lists what it has', async (_what, name, message) => {
  rmSync(join(folder, name));
  await rejected(message);
});

test.each([
  'pytorch_model.bin',
  'pytorch_model-00001-of-00002.bin',
  'tf_model.h5',
  'flax_model.msgpack',
])('a folder with its weights in %s says how to convert them', async (name) => {
  rmSync(join(folder, 'model.safetensors'));
  writeFileSync(join(folder, name), 'x');
  await rejected(
    /expected model\.safetensors, found only .* Convert it once, .* python -c .*save_pretrained/,
  );
});

test('a folder that is empty, missing or a file is called so', async () => {
  const empty = join(root, 'empty');
  mkdirSync(empty);
  await expect(openModel(empty)).rejects.toThrow('expected config.json, found nothing');
  await expect(openModel(join(root, 'no'))).rejects.toThrow('there is no such folder');
  await expect(openModel('./no/such/folder')).rejects.toThrow('there is no such folder');
  await expect(openModel(join(folder, 'config.json'))).rejects.toThrow('it is not a folder');
  // A file in the working folder is no reason not to take it for a name on the hub.
  const nothing = { offline: true, cacheDir: empty };
  await expect(openModel('package.json/name', nothing)).rejects.toThrow('no whole snapshot');
});

test('a malformed config.json is named with line and column', async () => {
  writeFileSync(join(folder, 'config.json'), '{\n "a": 1,\n}');
  await rejected(/config\.json: expected a name in double quotes at line 3, column 1, got "}"/);
  writeFileSync(join(folder, 'config.json'), '[]');
  await rejected(/config\.json: expected a JSON object, got an array/);
  writeFileSync(join(folder, 'config.json'), '');
  await rejected(/config\.json: expected a value at line 1, column 1, got the end/);
  truncateSync(join(folder, 'config.json'), 17 * 1024 ** 2);
  await rejected(/config\.json: expected at most 16 MiB, .*got 17 MiB/);
});

test('a truncated weight file is named, with both lengths', async () => {
  const file = join(folder, 'model.safetensors');
  const { length } = readFileSync(file);
  truncateSync(file, length - 1);
  await rejected(`model.safetensors is truncated: expected ${length} bytes, got ${length - 1}`);
});

test('a link that leads nowhere is no file', async () => {
  rmSync(join(folder, 'config.json'));
  symlinkSync('gone', join(folder, 'config.json'));
  await rejected('expected config.json, found');
  rmSync(join(folder, 'config.json'));
  symlinkSync('config.json', join(folder, 'config.json'));
  await rejected('expected config.json, found');
});

async function rejected(message: string | RegExp): Promise<void> {
  const error: unknown = await openModel(folder).catch((reason: unknown) => reason);
  expect(String(error)).toMatch(message);
  expect(String(error)).toMatch(/^PlimsollError: .*model-/);
}

function shard(map: Readonly<Record<string, string>>): void {
  rmSync(join(folder, 'model.safetensors'));
  writeFileSync(join(folder, INDEX), JSON.stringify({ metadata: {}, weight_map: map }));
}

function saveTensors(name: string, values: Readonly<Record<string, number[]>>): void {
  const tensors = Object.entries(values).map(([tensor, data]) => ({
    name: tensor,
    dtype: 'F32' as const,
    shape: [data.length],
    data: Float32Array.from(data),
  }));
  writeSafetensors(join(folder, name), tensors);
}

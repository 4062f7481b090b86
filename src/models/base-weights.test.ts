/** @file A model's tensors found in its files, and what is said of those that are not as they should be. */
import { expect, test } from 'vitest';
import type { TensorLocation } from '#weights';
import { locateTensors } from './base-weights.ts';
import { tinyModel } from './tiny-t5.test-support.ts';

const model = tinyModel();
const FOLDER = 'some/folder';
const LAST = 'decoder.final_layer_norm.weight';

test('every tensor of the model is found; others in the files do not matter', () => {
  const tensors = filesOf({ 'encoder.embed_tokens.weight': { shape: [1] }, extra: {} });
  const located = locateTensors(model, { folder: FOLDER, tensors });
  expect([...located.keys()]).toEqual([...model.tensors.keys()]);
  expect(located.get('shared.weight')).toBe(tensors.get('shared.weight'));
});

test.each(['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight'])(
  'the embedding is found under the name %s',
  (alias) => {
    const tensors = filesOf({ [alias]: { shape: [23, 6] } });
    tensors.delete('shared.weight');
    const located = locateTensors(model, { folder: FOLDER, tensors });
    expect(located.get('shared.weight')).toBe(tensors.get(alias));
    expect(located.has(alias)).toBe(false);
  },
);

test('a tensor that is not there is named', () => {
  const tensors = filesOf({});
  tensors.delete(LAST);
  expect(() => locateTensors(model, { folder: FOLDER, tensors })).toThrow(
    expect.objectContaining({
      code: 'MODEL_TENSOR_MISSING',
      facts: { folder: FOLDER, tensor: LAST, found: model.tensors.size - 1 },
    }),
  );
});

test.each<[string, Partial<TensorLocation>, string]>([
  ['another shape', { shape: [7] }, '[7] of F32'],
  ['another rank', { shape: [6, 1] }, '[6, 1] of F32'],
  ['a type that is not computed', { dtype: 'I64' }, '[6] of I64'],
  ['float64, which is read but not computed', { dtype: 'F64' }, '[6] of F64'],
])('%s is refused by name', (_, change, got) => {
  const tensors = filesOf({ [LAST]: { shape: [6], ...change } });
  expect(() => locateTensors(model, { folder: FOLDER, tensors })).toThrow(
    expect.objectContaining({
      code: 'MODEL_TENSOR_MISSHAPEN',
      facts: { file: 'model.safetensors', tensor: LAST, expected: '[6] of F32, F16, BF16', got },
    }),
  );
});

test('16-bit weights are as good as 32-bit ones', () => {
  const tensors = filesOf({
    [LAST]: { shape: [6], dtype: 'BF16' },
    'shared.weight': { shape: [23, 6], dtype: 'F16' },
  });
  expect(locateTensors(model, { folder: FOLDER, tensors }).get(LAST)?.dtype).toBe('BF16');
});

/** As the header of a file with all tensors of the model, and these beside or in place of them. */
function filesOf(
  changes: Readonly<Record<string, Partial<TensorLocation>>>,
): Map<string, TensorLocation> {
  const specs = [...model.tensors].map(([name, { shape }]) => [name, { shape }] as const);
  return new Map(
    [...specs, ...Object.entries(changes)].map(([name, change]) => [
      name,
      { name, file: 'model.safetensors', offset: 8, length: 4, dtype: 'F32', shape: [], ...change },
    ]),
  );
}

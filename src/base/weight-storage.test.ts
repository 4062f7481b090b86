/** @file How weights are stored: bytes, and slices. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canStore, FLOAT_SLICE_BYTES, storedBytes, weightSlices } from './weight-storage.ts';

const STORAGES = ['f32', 'f16', 'bf16', 'i8', 'u4'] as const;

test("bytes of flan-t5-small's embedding, scales and zero points included", () => {
  const shape = [32128, 512];
  const bytes = STORAGES.map((storage) => [storage, storedBytes(shape, storage)]);
  expect(Object.fromEntries(bytes)).toEqual({
    f32: 65798144,
    f16: 32899072,
    bf16: 32899072,
    i8: 16449536 + 4 * 32128,
    u4: 8224768 + 4 * 514048 + 257024,
  });
});

test('integers are for matrices, and 4 bits for rows of whole pairs of blocks', () => {
  const able = (shape: readonly number[]) => STORAGES.filter((each) => canStore(shape, each));
  expect(able([10, 128])).toEqual([...STORAGES]);
  expect(able([10, 96])).toEqual(['f32', 'f16', 'bf16', 'i8']);
  expect(able([512])).toEqual(['f32', 'f16', 'bf16']);
});

test('slices cover the rows in order, are nearly equal, and small as float32', () => {
  const length = fc.integer({ min: 1, max: 20_000 });
  fc.assert(
    fc.property(length, length, (height, width) => {
      const slices = weightSlices([height, width], 'i8');
      let next = 0;
      for (const { start, rows } of slices) {
        expect(start).toBe(next);
        next += rows;
        expect(rows === 1 || rows * width * 4 <= FLOAT_SLICE_BYTES).toBe(true);
      }
      expect(next).toBe(height);
      const rows = slices.map((slice) => slice.rows);
      expect(Math.max(...rows) - Math.min(...rows)).toBeLessThanOrEqual(1);
    }),
  );
  expect(weightSlices([32128, 512], 'f32')).toEqual([{ start: 0, rows: 32128 }]);
  expect(weightSlices([2048, 512], 'bf16')).toHaveLength(1);
  expect(weightSlices([2049, 512], 'bf16')).toHaveLength(2);
});

/** @file Memory lent and given back: aligned, never lent twice, joined again when it is free. */
import { array, assert, boolean, constantFrom, nat, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import type { DType, Tensor } from '#grad';
import { BufferPool } from './buffer-pool.ts';

const CHUNK_FLOATS = (256 * 2 ** 20) / 4;

test('a tensor has the type, shape and size asked for, on a boundary of 64 bytes', () => {
  const pool = new BufferPool();
  const [f32, i32, bool] = [
    pool.acquire('f32', [2, 3]),
    pool.acquire('i32', [5]),
    pool.acquire('bool', [7, 11]),
  ];
  expect(f32).toMatchObject({ dtype: 'f32', shape: [2, 3], data: expect.any(Float32Array) });
  expect(i32).toMatchObject({ dtype: 'i32', shape: [5], data: expect.any(Int32Array) });
  expect(bool).toMatchObject({ dtype: 'bool', shape: [7, 11], data: expect.any(Uint8Array) });
  expect([f32, i32, bool].map(({ data }) => data.length)).toEqual([6, 5, 77]);
  expect([f32, i32, bool].map(({ data }) => data.byteOffset)).toEqual([0, 64, 128]);
});

test('bytes are counted as they are taken, in steps of 64, and so is what they ever touched', () => {
  const pool = new BufferPool();
  expect([pool.usedBytes, pool.touchedBytes]).toEqual([0, 0]);
  const small = pool.acquire('f32', [1]);
  const large = pool.acquire('f32', [33]);
  expect([pool.usedBytes, pool.touchedBytes]).toEqual([256, 256]);
  pool.release(large);
  expect([pool.usedBytes, pool.touchedBytes]).toEqual([64, 256]);
  pool.release(small);
  const scalar = pool.acquire('f32', []);
  const empty = pool.acquire('f32', [3, 0]);
  expect([pool.usedBytes, pool.touchedBytes]).toEqual([128, 256]);
  pool.release(empty);
  pool.release(scalar);
  expect(pool.usedBytes).toBe(0);
});

test('what was given back is lent again, the lowest place first', () => {
  const pool = new BufferPool();
  const [a, b, c] = [1, 2, 3].map((n) => pool.acquire('f32', [16 * n]));
  pool.release(c!);
  pool.release(a!);
  expect(pool.acquire('f32', [16]).data.byteOffset).toBe(a!.data.byteOffset);
  expect(pool.acquire('i32', [48]).data.byteOffset).toBe(c!.data.byteOffset);
  expect(pool.acquire('f32', [1]).data.byteOffset).toBe(c!.data.byteOffset + 192);
  expect(b!.data.byteOffset).toBe(64);
});

test('free neighbours become one, in whatever order they come back', () => {
  for (const order of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ]) {
    const pool = new BufferPool();
    const lent = [0, 1, 2].map(() => pool.acquire('f32', [16]));
    const after = pool.acquire('f32', [16]);
    for (const i of order) pool.release(lent[i]!);
    expect(pool.acquire('f32', [48]).data.byteOffset, order.join(' ')).toBe(0);
    expect(pool.acquire('f32', [16]).data.byteOffset).toBe(after.data.byteOffset + 64);
  }
});

test('a tensor larger than a chunk has memory of its own', () => {
  const pool = new BufferPool();
  const small = pool.acquire('f32', [1]);
  const large = pool.acquire('bool', [4 * CHUNK_FLOATS + 1]);
  expect(large.data.buffer).not.toBe(small.data.buffer);
  expect(large.data.buffer.byteLength).toBe(4 * CHUNK_FLOATS + 64);
});

test('a tensor from elsewhere cannot be given back', () => {
  const foreign = new BufferPool().acquire('f32', [1]);
  expect(() => new BufferPool().release(foreign)).toThrow('internal:');
});

test('whatever is taken and given back: no byte is lent twice, and in the end all is one piece', () => {
  const action = record({
    take: boolean(),
    dtype: constantFrom<DType>('f32', 'i32', 'bool'),
    size: nat({ max: 100 }),
    which: nat(),
  });
  assert(
    property(array(action, { minLength: 20, maxLength: 80 }), (actions) => {
      const pool = new BufferPool();
      const lent: { tensor: Tensor; mark: number }[] = [];
      const giveBack = (at: number) => {
        for (const { tensor, mark } of lent.splice(at, 1)) {
          expect(tensor.data.every((x) => x === mark)).toBe(true);
          pool.release(tensor);
        }
      };
      actions.forEach(({ take, dtype, size, which }, mark) => {
        if (take) {
          const tensor = pool.acquire(dtype, [size]);
          tensor.data.fill(mark);
          lent.push({ tensor, mark });
        } else if (lent.length > 0) giveBack(which % lent.length);
      });
      const first = lent[0]?.tensor.data.buffer ?? null;
      while (lent.length > 0) giveBack(0);
      expect(pool.usedBytes).toBe(0);
      const whole = pool.acquire('f32', [CHUNK_FLOATS]).data;
      expect(whole.byteOffset).toBe(0);
      expect(whole.buffer).toBe(first ?? whole.buffer);
    }),
    { numRuns: 40 },
  );
});

/** @file A buffer's memory is given back without any collection of garbage. */
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { freeBuffer } from './free-buffer.ts';

const MIB = 2 ** 20;

test('64 buffers of 4 MiB, freed one by one, never take 64 MiB', async () => {
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 64; i++) {
    const numbers = new Float32Array(MIB).fill(i);
    freeBuffer(numbers.buffer);
    expect(numbers.length).toBe(0);
    if (i % 16 === 0) await setTimeout(1); // the port's other end may be noticed to be gone
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MIB);
});

/** @file What a solution's button says. */
import { expect, test } from 'vitest';
import { retryName } from './retry-name.ts';

const MIB = 2 ** 20;
const order = { loss_chunk: 16, memory: 129 * MIB };
const limit = { bytes: 129 * MIB, reservation_bytes: null };

test.each([
  [{ retry: { order, same_result: true } }, 'Run it again with this plan under 129 MiB'],
  [{ retry: { order, same_result: false } }, 'Run it again with this change under 129 MiB'],
  [{ retry: { order, same_result: true }, limit }, 'Run it again under 129 MiB'],
  [{ retry: { order: { memory: '1G' }, same_result: true }, limit }, 'Run it again under 1G'],
  [{ retry: { order: { loss_chunk: 16 }, same_result: true } }, 'Run it again with this plan'],
])('%j', (remedy, name) => {
  expect(retryName(remedy)).toBe(name);
});

/** @file What allocators hold: by which knobs, and of which sessions. */
import { expect, test } from 'vitest';
import { allocatorBytes } from './allocators.ts';

const KIB = 1024;
const kept = { arena: false, memoryPattern: false, mmapThreshold: 32 * 2 ** 20 };
const moments = [
  { label: 'forward a', session: 100 },
  { label: 'head', session: 400 },
  { label: 'backward a', session: 300 },
];

test('where each buffer is a mapping of its own, or all are one block, nothing is left over', () => {
  expect(allocatorBytes({ ...kept, mmapThreshold: 128 * KIB }, moments)).toBe(0);
  expect(allocatorBytes({ ...kept, memoryPattern: true }, moments)).toBe(0);
});

test('holes grow with what passes through the heap, which larger buffers do not', () => {
  const holes = allocatorBytes(kept, moments);
  expect(holes).toBeGreaterThan(400);
  const twice = moments.map((each) => ({ ...each, session: 2 * each.session }));
  expect(allocatorBytes(kept, twice)).toBeCloseTo(2 * holes);
  const huge = moments.map((each) => ({ ...each, session: each.session * 2 ** 20 }));
  const few = { ...kept, mmapThreshold: 512 * KIB };
  expect(allocatorBytes(few, huge)).toBeLessThan(allocatorBytes(kept, huge));
});

test('an arena for each session, which a segment has one of; a pattern keeps a block besides', () => {
  const arena = allocatorBytes({ ...kept, arena: true }, moments);
  expect(arena).toBe(1.5 * (300 + 400) - 400);
  const both = allocatorBytes({ ...kept, arena: true, memoryPattern: true }, moments);
  expect(both).toBeGreaterThan(arena);
});

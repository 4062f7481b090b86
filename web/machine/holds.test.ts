import { expect, test } from 'vitest';
import type { ServiceMemory } from '../api/machine.ts';
import { holdsInWords, holdsOf } from './holds.ts';

const MEMORY: ServiceMemory = {
  limit: 1000,
  from: '--memory',
  reserve: 100,
  capacity: 900,
  runs: [
    { id: 7, limit: 300, used: 210 },
    { id: 8, limit: 200, used: null },
  ],
  answering: { model: 'mini', limit: 150 },
};
const bytesOf = (memory: ServiceMemory) => holdsOf(memory, () => 'm').map(({ bytes }) => bytes);

test('all holds together are the limit', () => {
  const bytes = bytesOf(MEMORY);
  expect(bytes).toEqual([100, 300, 200, 150, 250]);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBe(MEMORY.limit);
});

test('where nothing runs, all but the reserve is free', () => {
  expect(bytesOf({ ...MEMORY, runs: [], answering: null })).toEqual([100, 900]);
});

test('more than there is leaves nothing free, and not less', () => {
  const runs = [{ id: 7, limit: 950, used: 0 }];
  expect(bytesOf({ ...MEMORY, runs, answering: null })).toEqual([100, 950, 0]);
});

test('in words', () => {
  const words = holdsInWords(
    holdsOf(MEMORY, () => 'm'),
    MEMORY,
    (bytes) => `${bytes} B`,
  );
  expect(words).toBe(
    'Of 1000 B (--memory): The service itself: 100 B; Run 7, m: 300 B, of which 210 B in use; Run 8, m: 200 B; Answers of mini: 150 B; Free: 250 B.',
  );
});

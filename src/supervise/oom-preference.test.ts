/** @file How much more the kernel is to count of a command than it has. */
import { expect, test } from 'vitest';
import { preferredScore } from './oom-preference.ts';

const MIB = 2 ** 20;

test.each([
  ['80 MiB of a container', 0, 512 * MIB, 157],
  ['80 MiB of a machine', 0, 24 * 1024 * MIB, 4],
  ['beyond what somebody set for both', 200, 256 * MIB, 513],
  ['below zero, too', -500, 512 * MIB, -343],
  ['never above the highest there is', 968, 512 * MIB, 1000],
  ['under a limit smaller than plimsoll itself', 0, 32 * MIB, 1000],
])('%s', (_, ours, limit, score) => {
  expect(preferredScore(ours, limit)).toBe(score);
});

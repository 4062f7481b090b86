/** @file How much more the kernel is to count of a command than it has. */
import { expect, test } from 'vitest';
import { preferredScore } from './oom-preference.ts';

const MIB = 2 ** 20;

test.each([
  ['80 MiB of a container', 0, 160 * MIB, 500],
  ['of a larger one, as its limit may be lowered', 0, 512 * MIB, 500],
  ['of a machine, as a limit may be set', 0, 24 * 1024 * MIB, 500],
  ['beyond what somebody set for both', 200, 512 * MIB, 700],
  ['below zero, too', -500, 128 * MIB, 125],
  ['never above the highest there is', 968, 512 * MIB, 1000],
  ['under a limit smaller than plimsoll itself', 0, 32 * MIB, 1000],
])('%s', (_, ours, limit, score) => {
  expect(preferredScore(ours, limit)).toBe(score);
});

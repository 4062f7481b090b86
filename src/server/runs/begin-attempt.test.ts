/** @file The command by which an attempt of a run trains. */
import { expect, test } from 'vitest';
import { trainingAttempt } from './begin-attempt.ts';

const MIB = 2 ** 20;
const capacity = { bytes: 416 * MIB, limit: 512 * MIB, reserve: 96 * MIB, most: 4, from: 'a test' };

function flags(enforced: boolean, order: object = {}, correction = 0): readonly string[] {
  const run = {
    id: 1,
    share_bytes: 180 * MIB,
    training_order: JSON.stringify({ training_type: 'a', ...order }),
  };
  const parts = { plimsoll: 'plimsoll', capacity, enforced };
  return trainingAttempt(parts, run, ['--seed=1'], correction).command;
}

const own = ['plimsoll', 'train', '--memory', String(180 * MIB)];

test('its share is its limit, where the kernel holds it to that', () => {
  expect(flags(true)).toEqual([...own, '--seed=1']);
});

test('and where it took more than was predicted', () => {
  expect(flags(false, {}, MIB)).toEqual([...own, '--seed=1']);
});

test.each([
  [{}, 416],
  [{ memory: '300M' }, 300],
  [{ memory: '2G' }, 416],
])('else it is told what it was planned under, too: %j', (order, mebibytes) => {
  expect(flags(false, order)).toEqual([...own, '--share-of', String(mebibytes * MIB), '--seed=1']);
});

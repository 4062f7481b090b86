/** @file Each example once an epoch, in an order that the seed and the epoch name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, integer, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { createOrder, type OrderOptions } from './order.ts';

const OPTIONS: OrderOptions = {
  examples: 5,
  examplesPerStep: 2,
  epochs: 2,
  maxSteps: null,
  seed: 42,
};

test('five examples by two: three steps an epoch, the last with one', () => {
  const order = createOrder(OPTIONS);
  expect(order.stepsPerEpoch).toBe(3);
  expect(order.totalSteps).toBe(6);
  expect(steps(OPTIONS).map((step) => step.length)).toEqual([2, 2, 1, 2, 2, 1]);
  expect([0, 1, 2, 3, 4, 5, 6].map(order.epochsAfter)).toEqual([0, 0.4, 0.8, 1, 1.4, 1.8, 2]);
  expect([0, 1, 2, 3, 4, 5, 6].filter(order.endsEpoch)).toEqual([3, 6]);
});

test('this order never changes: checkpoints of older versions count on it', () => {
  expect(steps(OPTIONS)).toMatchInlineSnapshot(`
    [
      [
        3,
        1,
      ],
      [
        2,
        4,
      ],
      [
        0,
      ],
      [
        3,
        4,
      ],
      [
        0,
        2,
      ],
      [
        1,
      ],
    ]
  `);
});

test('every epoch has each example once', () => {
  assert(
    property(integer({ min: 1, max: 40 }), integer({ min: 1, max: 9 }), nat(), (...drawn) => {
      const [examples, examplesPerStep, seed] = drawn;
      const flat = steps({ ...OPTIONS, examples, examplesPerStep, seed }).flat();
      const all = [...Array(examples).keys()];
      expect(ascending(flat.slice(0, examples))).toEqual(all);
      expect(ascending(flat.slice(examples))).toEqual(all);
    }),
  );
});

test('epochs differ, and so do seeds', () => {
  const flat = steps({ ...OPTIONS, examples: 30 }).flat();
  expect(flat.slice(0, 30)).not.toEqual(flat.slice(30));
  expect(steps({ ...OPTIONS, examples: 30, seed: 43 }).flat()).not.toEqual(flat);
});

test('asked from any step on, the order is the same: nothing hangs on what was asked before', () => {
  const whole = steps(OPTIONS);
  for (const from of [5, 2, 4, 0, 3]) {
    const { at } = createOrder(OPTIONS);
    expect([...at(from).examples]).toEqual(whole[from]);
  }
});

test('places and steps map onto each other', () => {
  const order = createOrder(OPTIONS);
  for (let step = 0; step < 6; step++) {
    const { epoch, position } = order.at(step);
    expect(order.stepsAt(epoch, position)).toBe(step);
  }
  expect(order.stepsAt(1, 5)).toBe(6);
  expect(() => order.stepsAt(0, 3)).toThrow('internal: position 3');
});

test('maxSteps ends within an epoch, or goes on after the last', () => {
  expect(steps({ ...OPTIONS, maxSteps: 4 })).toEqual(steps(OPTIONS).slice(0, 4));
  expect(steps({ ...OPTIONS, maxSteps: 9 }).slice(0, 6)).toEqual(steps(OPTIONS));
});

test("an explicit order is taken as it is: the one of transformers' Trainer", () => {
  const folder = process.env['PLIMSOLL_FIXTURES'] ?? join(process.cwd(), '../shared/fixtures');
  const { order_of_examples: explicit }: { order_of_examples: number[] } = JSON.parse(
    readFileSync(join(folder, 't5/trainer_expected.json'), 'utf8'),
  );
  expect(steps({ ...OPTIONS, explicit })).toEqual([[2, 4], [3, 0], [1], [3, 1], [4, 2], [0]]);
  expect(() => createOrder({ ...OPTIONS, explicit: [0, 1, 2] })).toThrow('internal:');
  expect(() => createOrder({ ...OPTIONS, explicit: [0, 1, 2, 3, 5] })).toThrow('example 5 of 5');
});

function steps(options: OrderOptions): number[][] {
  const { at, totalSteps } = createOrder(options);
  return Array.from({ length: totalSteps }, (_, step) => [...at(step).examples]);
}

function ascending(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}

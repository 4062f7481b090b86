/** @file Each knob that the planner may turn is told to an order. */
import { expect, test } from 'vitest';
import { planSchema } from './plan.ts';
import { orderOfPlan } from './plan-order.ts';
import { planOrderSchema } from './training-order.ts';

/** Which no order has: the first a process has from its start, the others the planner leaves as they are. */
const UNASKED = ['mmapThreshold', 'arena', 'memoryPattern', 'prepacking'];

const PLAN = planSchema.parse({});

test('every other knob of a plan has a field of an order', () => {
  const fields = Object.keys(orderOfPlan(PLAN)).map((field) =>
    field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  );
  expect([...fields, ...UNASKED].toSorted()).toEqual(planSchema.keyof().options.toSorted());
});

test.each([
  [
    { attention: 'kept' },
    { recompute: 'none', attention: 'kept', heads_at_once: 'all', spill: false, precision: 'auto' },
  ],
  [
    { headsAtOnce: 2, rowsAtOnce: 32 },
    { heads_at_once: 2, rows_at_once: 32 },
  ],
  [
    { precision: 'int8', recompute: ['a', 'b'] },
    { precision: 'int8', recompute: ['a', 'b'] },
  ],
] as const)('%j', (knobs, expected) => {
  const order = orderOfPlan(planSchema.parse({ ...PLAN, ...knobs }));
  expect(order).toMatchObject(expected);
  expect(planOrderSchema.parse(order)).toEqual(order);
});

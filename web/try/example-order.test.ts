import { expect, test } from 'vitest';
import { exampleOrder } from './example-order.ts';

const QUEUE = { training_type: 'household', priority: 3, exclusive: true };

test('what was held out comes first', () => {
  const order = { ...QUEUE, data: 'train.jsonl', valid_data: 'valid.jsonl', source_max_tokens: 64 };
  expect(exampleOrder({ order })).toEqual({
    order: { data: 'valid.jsonl', source_max_tokens: 64 },
    heldOut: true,
  });
});

test('else what was trained on, and it is not called held out', () => {
  expect(exampleOrder({ order: { ...QUEUE, data: 'train.jsonl' } })).toEqual({
    order: { data: 'train.jsonl' },
    heldOut: false,
  });
  expect(exampleOrder({ order: QUEUE })).toEqual({ order: {}, heldOut: false });
});

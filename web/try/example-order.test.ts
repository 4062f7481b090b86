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

test('what is selected of a database is of that one alone', () => {
  const data = { data: 'a.db', query: 'SELECT 1', valid_data: 'b.db' };
  expect(exampleOrder({ order: { ...QUEUE, ...data } }).order).toEqual({ data: 'b.db' });
  const order = { ...QUEUE, ...data, valid_query: 'SELECT 2' };
  expect(exampleOrder({ order }).order).toEqual({ data: 'b.db', query: 'SELECT 2' });
});

test('else what was trained on, and it is not called held out', () => {
  expect(exampleOrder({ order: { ...QUEUE, data: 'train.jsonl' } })).toEqual({
    order: { data: 'train.jsonl' },
    heldOut: false,
  });
  expect(exampleOrder({ order: QUEUE })).toEqual({ order: {}, heldOut: false });
});

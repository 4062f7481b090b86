import { expect, test } from 'vitest';
import {
  defaultsFor,
  defaultText,
  EVALUATED,
  isNamed,
  missingIn,
  planOrderOf,
  previewOrderOf,
  queueOrderOf,
  TRAINED,
} from './order.ts';

test.each([
  [{}, {}],
  [
    { epochs: ' 2 ', learning_rate: '1e-3' },
    { epochs: 2, learning_rate: 0.001 },
  ],
  [{ epochs: 'two' }, { epochs: 'two' }],
  [
    { max_samples: 'all', memory: '512' },
    { max_samples: 'all', memory: '512' },
  ],
  [{ epochs: '', base_model: '', data: '' }, {}],
  [
    { data: 'a.csv', query: 'SELECT 1' },
    { data: 'a.csv', query: 'SELECT 1' },
  ],
  [{ lora_r: '4', virtual_tokens: '8' }, { lora_r: 4 }],
  [
    { method: 'soft-prompt', lora_r: '4', virtual_tokens: '8' },
    { method: 'soft-prompt', virtual_tokens: 8 },
  ],
  [{ training_type: 'lights', priority: '3' }, {}],
  [{ data_kind: 'file', valid_kind: 'sent', model_kind: 'other' }, {}],
  [{ held_out: '0.2' }, { held_out: 0.2 }],
  [
    { held_out: '0.2', valid_kind: 'path', valid_data: 'b.db', valid_query: 'SELECT 2' },
    { valid_data: 'b.db', valid_query: 'SELECT 2' },
  ],
])('%j is ordered as %j', (filled, order) => {
  expect(planOrderOf(filled)).toEqual(order);
});

test('only the queue is told of type and priority', () => {
  const filled = { training_type: 'lights', priority: '3', epochs: '2' };
  expect(queueOrderOf(filled)).toEqual({ training_type: 'lights', priority: 3 });
});

test('a preview does not change with what does not change the data', () => {
  const filled = { data: 'a.csv', source_max_tokens: '9', epochs: '2', memory: '1G' };
  expect(previewOrderOf(filled, TRAINED)).toEqual({ data: 'a.csv', source_max_tokens: 9 });
});

test('what is evaluated on is previewed as a whole, and by itself', () => {
  const filled = { data: 'a.db', query: 'SELECT 1', max_samples: '9', valid_kind: 'path' };
  const valid = { ...filled, valid_data: 'b.csv', base_model: 'a/b' };
  expect(previewOrderOf(valid, EVALUATED)).toEqual({
    base_model: 'a/b',
    data: 'b.csv',
    max_samples: 'all',
  });
  expect(previewOrderOf(valid, TRAINED)).toEqual({
    base_model: 'a/b',
    data: 'a.db',
    query: 'SELECT 1',
    max_samples: 9,
  });
});

test('defaults are those of what is trained', () => {
  const defaults = { bundled: { epochs: 8 }, named: { epochs: 3, lora_targets: ['q', 'v'] } };
  expect(defaultsFor({ epochs: '1' }, defaults)).toBe(defaults.bundled);
  expect(defaultsFor({ data_kind: 'file' }, defaults)).toBe(defaults.named);
  expect(defaultsFor({ model_kind: 'other' }, defaults)).toBe(defaults.named);
  expect(defaultsFor({ base_model: 'a/b' }, defaults)).toBe(defaults.named);
  expect(defaultText('lora_targets', defaults.named)).toBe('q,v');
  expect(defaultText('memory', defaults.named)).toBe('');
});

test.each([
  [{}, null],
  [{ data_kind: 'file' }, 'file'],
  [{ data_kind: 'path', data: ' ' }, 'data'],
  [{ data_kind: 'path', data: 'a.csv' }, null],
  [{ data_kind: 'sent' }, 'data'],
  [{ valid_kind: 'file' }, 'valid_file'],
  [{ valid_kind: 'sent', data: 'a.csv' }, 'valid_data'],
  [{ valid_kind: 'path', valid_data: 'a.csv' }, null],
  [{ model_kind: 'other' }, 'base_model'],
  [{ model_kind: 'other', base_model: 'a/b' }, null],
])('of %j the form lacks %j', (filled, field) => {
  expect(missingIn(filled)?.field ?? null).toBe(field);
});

test('data of one use is read while that of the other lacks its name', () => {
  const filled = { valid_kind: 'path' };
  expect(isNamed(filled, TRAINED)).toBe(true);
  expect(isNamed(filled, EVALUATED)).toBe(false);
  expect(isNamed({ model_kind: 'other' }, TRAINED)).toBe(false);
});

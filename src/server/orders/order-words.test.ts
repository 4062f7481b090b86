/** @file Orders in, words of a command line out. */
import { expect, test } from 'vitest';
import { planOrderSchema, TRAINED_FIELDS } from '#protocol';
import { wordsOf } from './order-words.ts';

const places = { roots: ['/roots'], embeddedModel: 'plimsoll-mini' };
const words = (order: object) => wordsOf(planOrderSchema.parse(order), places);

test.each<readonly [object, readonly string[]]>([
  [{}, []],
  [{ max_samples: 200, batch_size: 1 }, ['--max-samples=200', '--batch-size=1']],
  [{ pad_to_max: true }, ['--pad-to-max']],
  [{ spill: true }, ['--spill']],
  [{ spill: false }, ['--no-spill']],
  [{ recompute: ['a', 'b'], heads_at_once: 'all' }, ['--recompute=a,b', '--heads-at-once=all']],
  [{ lora_targets: ['q', 'v'] }, ['--lora-targets=q,v']],
  [{ lora_targets: 'q' }, ['--lora-targets=q']],
  [{ data: ['a.jsonl', 'b.jsonl'] }, ['--data=/roots/a.jsonl', '--data=/roots/b.jsonl']],
  [{ base_model: 'plimsoll-mini' }, ['--base-model=plimsoll-mini']],
  [{ base_model: 'google/flan-t5-small' }, ['--base-model=google/flan-t5-small']],
  [{ base_model: 'google/flan-t5-small@main' }, ['--base-model=google/flan-t5-small@main']],
  [{ base_model: 'mine' }, ['--base-model=/roots/mine']],
  [{ query: 'SELECT 1; --memory 9G' }, ['--query=SELECT 1; --memory 9G']], // one word, and no other flag
  [{ memory: '512M' }, []], // the service's to give
])('%j', (order, expected) => {
  expect(words(order)).toEqual(expected);
});

test.each([{ data: '../x' }, { valid_data: '/etc/passwd' }, { base_model: '../up' }])(
  '%j leads out of the roots',
  (order) => {
    expect(() => words(order)).toThrow(new RegExp(Object.keys(order)[0] ?? ''));
  },
);

test('each field becomes a flag of its own name, and never a word that begins otherwise', () => {
  const order = { data: '--json', base_model: '--token=x', query: '-x', threads: 1, seed: 0 };
  const made = words(order);
  expect(made).toHaveLength(Object.keys(order).length);
  for (const word of made)
    expect(TRAINED_FIELDS.map((field) => `--${field.replaceAll('_', '-')}`)).toContain(
      word.split('=')[0],
    );
});

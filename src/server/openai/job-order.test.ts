import { expect, test } from 'vitest';
import { newJobSchema } from '#protocol';
import { hyperparametersOf, jobOrder } from './job-order.ts';

const FILES = { training: '/uploads/a.jsonl', validation: null };
const job = (changes: object) =>
  newJobSchema.parse({ model: 'plimsoll-mini', training_file: 'file-1', ...changes });

const PLAIN = {
  base_model: 'plimsoll-mini',
  training_type: 'fine_tuning',
  priority: 0,
  data: '/uploads/a.jsonl',
  max_samples: 'all',
};

test.each<readonly [object, object]>([
  [{}, PLAIN],
  [{ method: { type: 'supervised' } }, PLAIN],
  [{ hyperparameters: { n_epochs: 'auto' } }, PLAIN],
  [{ hyperparameters: { n_epochs: 4 } }, { ...PLAIN, epochs: 4 }],
  [
    { method: { type: 'supervised', supervised: { hyperparameters: { batch_size: 8 } } } },
    { ...PLAIN, batch_size: 8, gradient_accumulation_steps: 1 },
  ],
  [{ hyperparameters: { learning_rate_multiplier: 2 } }, { ...PLAIN, learning_rate: 1e-4 }],
  [{ seed: 7 }, { ...PLAIN, seed: 7 }],
  [{ seed: null, suffix: null, metadata: null, integrations: [] }, PLAIN],
])('%j', (changes, order) => {
  expect(jobOrder(job(changes), FILES)).toEqual(order);
});

test('validation data is evaluated on', () => {
  const files = { ...FILES, validation: '/uploads/b.jsonl' };
  expect(jobOrder(job({ validation_file: 'file-2' }), files)).toMatchObject({
    valid_data: '/uploads/b.jsonl',
  });
});

test('hyperparameters are told as they were asked for', () => {
  expect(hyperparametersOf(job({ hyperparameters: { n_epochs: 2 } }))).toEqual({
    n_epochs: 2,
    batch_size: 'auto',
    learning_rate_multiplier: 'auto',
  });
});

test.each([
  [{ integrations: [{ type: 'wandb' }] }, 'integrations'],
  [{ hyperparameters: {}, method: { type: 'supervised' } }, 'hyperparameters'],
  [{ method: { type: 'dpo' } }, 'method.type'],
  [{ suffix: 'a:b' }, 'suffix'],
  [{ hyperparameters: { n_epochs: 0 } }, 'hyperparameters.n_epochs'],
])('%j is refused at %s', (changes, path) => {
  const { error } = newJobSchema.safeParse({ model: 'm', training_file: 'f', ...changes });
  expect(error?.issues[0]?.path.join('.')).toBe(path);
});

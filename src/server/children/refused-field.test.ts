import { expect, test } from 'vitest';
import { refusedField } from './refused-field.ts';

const WORDS = ['--data=/a', '--data=/both', '--valid-data=/b', '--valid-data=/both'];

test.each([
  ['FLAG_INVALID', { flag: '--learning-rate' }, 'learning_rate'],
  ['FLAG_MISPLACED', { flag: '--no-pad-to-max' }, 'pad_to_max'],
  ['DATA_LINE_MALFORMED', { file: '/a', line: 3 }, 'data'],
  ['DATA_LINE_MALFORMED', { file: '/b', line: 3 }, 'valid_data'],
  ['DATA_LINE_MALFORMED', { file: '/both', line: 3 }, 'data'],
  ['DATA_QUERY_FAILED', {}, 'query'],
  ['DATA_QUERY_FAILED', { file: '/b' }, 'valid_query'],
  ['DATA_COLUMNS_UNKNOWN', {}, 'query'],
  ['MEMORY_LIMIT_BELOW_FLOOR', {}, 'memory'],
  ['HUB_REPO_NOT_FOUND', {}, 'base_model'],
  ['TOKENIZER_NO_EOS', {}, 'base_model'],
  ['ADAPTER_TARGET_UNKNOWN', {}, 'lora_targets'],
  ['INTERNAL', {}, ''],
])('%s %j is about %j', (code, facts, field) => {
  expect(refusedField({ code, facts, message: '' }, WORDS)).toBe(field);
});

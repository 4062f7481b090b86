import { expect, test } from 'vitest';
import { refusedField } from './refused-field.ts';

test.each([
  ['FLAG_INVALID', { flag: '--learning-rate' }, 'learning_rate'],
  ['FLAG_MISPLACED', { flag: '--no-pad-to-max' }, 'pad_to_max'],
  ['DATA_LINE_MALFORMED', { file: '/a', line: 3 }, 'data'],
  ['DATA_QUERY_FAILED', {}, 'query'],
  ['DATA_COLUMNS_UNKNOWN', {}, 'query'],
  ['MEMORY_LIMIT_BELOW_FLOOR', {}, 'memory'],
  ['HUB_REPO_NOT_FOUND', {}, 'base_model'],
  ['TOKENIZER_NO_EOS', {}, 'base_model'],
  ['ADAPTER_TARGET_UNKNOWN', {}, 'lora_targets'],
  ['INTERNAL', {}, ''],
])('%s %j is about %j', (code, facts, field) => {
  expect(refusedField({ code, facts, message: '' })).toBe(field);
});

import { expect, test } from 'vitest';
import { chatRequestSchema, check, completionRequestSchema } from '#protocol';
import { chatOrder, completionOrder } from './completion-order.ts';

const model = 'plimsoll-mini';
const user = (content: unknown) => ({ role: 'user', content });
const chat = (rest: object) =>
  chatOrder(chatRequestSchema.parse({ model, messages: [user('hi')], ...rest }));
const completion = (rest: object) =>
  completionOrder(completionRequestSchema.parse({ model, ...rest }));

test('a conversation is what its turns say, in order', () => {
  const messages = [
    { role: 'system', content: 'be brief' },
    {
      ...user([
        { type: 'text', text: 'turn ' },
        { type: 'text', text: 'it off' },
      ]),
      name: 'ann',
    },
    { role: 'assistant', content: null },
    { role: 'developer', content: 'now' },
  ];
  expect(chat({ messages, seed: -7 })).toEqual({
    prompts: [['be brief', 'turn it off', '', 'now']],
    choices: 1,
    max_tokens: null,
    temperature: 1,
    top_p: 1,
    seed: -7,
    stop: [],
  });
});

test('what is null is as if it were not there', () => {
  const names = ['n', 'max_tokens', 'temperature', 'top_p', 'stop', 'stream', 'stream_options'];
  const nulls = Object.fromEntries(names.map((name) => [name, null]));
  expect(chat({ ...nulls, seed: 1 })).toEqual(chat({ seed: 1 }));
});

test('the newer name of the bound goes before the older', () => {
  expect(chat({ max_tokens: 5 }).max_tokens).toBe(5);
  expect(chat({ max_tokens: 5, max_completion_tokens: 6 }).max_tokens).toBe(6);
});

test('without a seed each request has one of its own', () => {
  expect(chat({}).seed).not.toBe(chat({}).seed);
});

test('prompts, one or many, with 16 tokens where nothing is said', () => {
  expect(completion({ prompt: 'a', stop: '.' })).toMatchObject({
    prompts: ['a'],
    max_tokens: 16,
    stop: ['.'],
  });
  expect(completion({ prompt: ['a', 'b'], n: 2, max_tokens: 3 })).toMatchObject({
    prompts: ['a', 'b'],
    choices: 2,
    max_tokens: 3,
  });
  const prompt = Array.from({ length: 17 }, () => 'a');
  expect(() => completion({ prompt, n: 2 })).toThrow(
    'at most 32 answers to all prompts together, got 34',
  );
});

test.each([
  [
    {
      user: 'u',
      metadata: { a: 'b' },
      store: true,
      service_tier: 'auto',
      parallel_tool_calls: true,
    },
  ],
  [{ tools: [], tool_choice: 'none', logprobs: false, top_logprobs: null, n: 1 }],
  [{ frequency_penalty: 0, presence_penalty: null, logit_bias: {}, modalities: ['text'] }],
  [{ response_format: { type: 'text' }, stream_options: { include_usage: true } }],
])('%j does no harm', (rest) => {
  const request = { model, messages: [user('hi')], ...rest };
  expect(check(chatRequestSchema, request).problems).toBeUndefined();
});

test.each([
  [{ logprobs: true }, 'logprobs', 'do not tell probabilities'],
  [{ tools: [{ type: 'function' }] }, 'tools', 'answer in text, and call nothing'],
  [{ response_format: { type: 'json_object' } }, 'response_format', 'answer in text'],
  [{ frequency_penalty: 1 }, 'frequency_penalty', 'expected null or 0'],
  [{ messages: [] }, 'messages', 'a list that is not empty'],
  [{ messages: [{ role: 'tool', content: 'a' }] }, 'messages.0.role', "got 'tool'"],
  [{ messages: [user([{ type: 'image_url' }])] }, 'messages.0.content', 'expected'],
  [{ temperature: 3 }, 'temperature', '2 or less'],
  [{ nonsense: 1 }, '', "got 'nonsense'"],
])('%j is refused by name', (rest, path, message) => {
  const { problems } = check(chatRequestSchema, { model, messages: [user('hi')], ...rest });
  expect(problems?.[0]?.path).toContain(path);
  expect(problems?.[0]?.message).toContain(message);
});

test('what is nested too deep to be written is refused like anything else', () => {
  const tools: unknown = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000));
  const request = { model, messages: [user('hi')], tools };
  expect(check(chatRequestSchema, request).problems?.[0]?.path).toBe('tools');
});

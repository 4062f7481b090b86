/** @file What config.json may say of a T5, and what each false value is called. */
import { expect, test } from 'vitest';
import { parseT5Config } from './t5-config.ts';
import { T5_SIZES, t5ConfigOfSize } from './t5-sizes.ts';

const FILE = 'folder/config.json';
const parse = (config: Record<string, unknown>) =>
  parseT5Config({ model_type: 't5', ...config }, FILE);

test('what is left out has the value of T5Config: that of t5-small', () => {
  expect(parse({})).toEqual({
    vocabSize: 32128,
    positions: 512,
    dModel: 512,
    dKv: 64,
    dFf: 2048,
    encoderLayers: 6,
    decoderLayers: 6,
    heads: 8,
    buckets: 32,
    maxDistance: 128,
    epsilon: 1e-6,
    activation: 'relu',
    gated: false,
    tiedHead: true,
    dropout: 0.1,
    initializerFactor: 1,
    padId: 0,
    eosId: 1,
    decoderStartId: 0,
  });
  expect(parse({ num_layers: 3 }).decoderLayers).toBe(3);
  expect(parse({ pad_token_id: 7 }).decoderStartId).toBe(7);
  expect(parse({ dropout_rate: null }).dropout).toBe(0.1);
});

test.each([
  ['relu', 'relu', false],
  ['gelu', 'gelu', false],
  ['gated-gelu', 'gelu_new', true],
  ['gated-gelu_new', 'gelu_new', true],
  ['gated-silu', 'silu', true],
])('feed_forward_proj %s is %s', (feed_forward_proj, activation, gated) => {
  expect(parse({ feed_forward_proj })).toMatchObject({ activation, gated });
});

const WHOLE = 'a whole number above 0';
const FRACTION = 'a number from 0 to below 1';

test.each<[string, unknown, string]>([
  ['vocab_size', 0, WHOLE],
  ['d_model', -512, WHOLE],
  ['d_kv', 6.5, WHOLE],
  ['d_ff', '2048', WHOLE],
  ['num_layers', [], WHOLE],
  ['num_decoder_layers', true, WHOLE],
  ['num_heads', 1e-3, WHOLE],
  ['relative_attention_num_buckets', 0, WHOLE],
  ['relative_attention_max_distance', {}, WHOLE],
  ['layer_norm_epsilon', -1e-6, FRACTION],
  ['dropout_rate', 1, FRACTION],
  ['initializer_factor', 0, 'a number above 0'],
  ['tie_word_embeddings', 'yes', 'true or false'],
  ['pad_token_id', -1, 'a token id, 0 or more'],
  ['eos_token_id', [1, 2], 'a token id, 0 or more'],
  ['decoder_start_token_id', 0.5, 'a token id, 0 or more'],
  ['feed_forward_proj', 5, 'a text'],
  ['feed_forward_proj', 'gated-swish', 'relu, gelu, gelu_new or silu, alone or behind "gated-"'],
  ['feed_forward_proj', 'tanh', 'relu, gelu, gelu_new or silu, alone or behind "gated-"'],
])('%s %j is refused by name', (field, value, expected) => {
  const got = typeof value === 'string' && field === 'feed_forward_proj' ? value : undefined;
  expect(() => parse({ [field]: value })).toThrow(
    expect.objectContaining({
      code: 'MODEL_CONFIG_INVALID',
      facts: { file: FILE, field, expected, got: got ?? JSON.stringify(value) },
    }),
  );
});

test('another architecture is refused with the ones that are known', () => {
  expect(() => parse({ model_type: 'bert' })).toThrow(
    expect.objectContaining({
      code: 'MODEL_ARCHITECTURE_UNKNOWN',
      facts: { file: FILE, got: 'bert', known: ['t5'] },
    }),
  );
});

test('every named size can be parsed; an unknown one is refused with their names', () => {
  const widths = T5_SIZES().map((size) => [size, parse(t5ConfigOfSize(size)).dModel]);
  expect(Object.fromEntries(widths)).toEqual({
    'plimsoll-mini': 256,
    'flan-t5-small': 512,
    'flan-t5-base': 768,
    'flan-t5-large': 1024,
    't5-small': 512,
    't5-base': 768,
  });
  expect(() => t5ConfigOfSize('flan-t5-huge')).toThrow(
    /one of plimsoll-mini, .*; got 'flan-t5-huge'/,
  );
});

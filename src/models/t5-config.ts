/**
 * @file T5's config.json: which numbers of it decide the computation, with the defaults of
 * transformers' T5Config. Covers T5 (relu, tied head), T5 v1.1 and FLAN-T5 (gated gelu, untied head).
 */
import { fail } from '#base';

export type Activation = 'relu' | 'gelu_new' | 'gelu' | 'silu';

export interface T5Config {
  readonly vocabSize: number;
  /** tokens of the longest text that it was made for */
  readonly positions: number;
  /** width of the hidden state */
  readonly dModel: number;
  /** width of one attention head */
  readonly dKv: number;
  /** inner width of the feed-forward layer */
  readonly dFf: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly heads: number;
  readonly buckets: number;
  readonly maxDistance: number;
  readonly epsilon: number;
  readonly activation: Activation;
  readonly gated: boolean;
  /** the head reuses the embedding, its input scaled by dModel ** -0.5 */
  readonly tiedHead: boolean;
  readonly dropout: number;
  readonly initializerFactor: number;
  readonly padId: number;
  readonly eosId: number;
  readonly decoderStartId: number;
}

/** @throws PlimsollError MODEL_CONFIG_INVALID naming the field, or MODEL_ARCHITECTURE_UNKNOWN */
export function parseT5Config(config: Record<string, unknown>, file: string): T5Config {
  if (config['model_type'] !== 't5') {
    fail('MODEL_ARCHITECTURE_UNKNOWN', { file, got: String(config['model_type']), known: ['t5'] });
  }
  const read = reader(config, file);
  const projection = read.text('feed_forward_proj', 'relu');
  const gated = projection.startsWith('gated-');
  const encoderLayers = read.count('num_layers', 6);
  return {
    vocabSize: read.count('vocab_size', 32128),
    positions: read.count('n_positions', 512),
    dModel: read.count('d_model', 512),
    dKv: read.count('d_kv', 64),
    dFf: read.count('d_ff', 2048),
    encoderLayers,
    decoderLayers: read.count('num_decoder_layers', encoderLayers),
    heads: read.count('num_heads', 8),
    buckets: read.count('relative_attention_num_buckets', 32),
    maxDistance: read.count('relative_attention_max_distance', 128),
    epsilon: read.fraction('layer_norm_epsilon', 1e-6),
    activation: parseActivation(projection, file),
    gated,
    tiedHead: read.flag('tie_word_embeddings', true),
    dropout: read.fraction('dropout_rate', 0.1),
    initializerFactor: read.positive('initializer_factor', 1),
    padId: read.id('pad_token_id', 0),
    eosId: read.id('eos_token_id', 1),
    decoderStartId: read.id('decoder_start_token_id', read.id('pad_token_id', 0)),
  };
}

function parseActivation(projection: string, file: string): Activation {
  const name = projection.replace(/^gated-/, '');
  // transformers keeps checkpoints that say "gated-gelu" compatible: they mean the tanh form.
  if (projection === 'gated-gelu') return 'gelu_new';
  if (name === 'relu' || name === 'gelu_new' || name === 'gelu' || name === 'silu') return name;
  return fail('MODEL_CONFIG_INVALID', {
    file,
    field: 'feed_forward_proj',
    expected: 'relu, gelu, gelu_new or silu, alone or behind "gated-"',
    got: projection,
  });
}

function reader(config: Record<string, unknown>, file: string) {
  const refuse = (field: string, expected: string): never =>
    fail('MODEL_CONFIG_INVALID', { file, field, expected, got: JSON.stringify(config[field]) });
  const number = (field: string, fallback: number, ok: (n: number) => boolean, says: string) => {
    const value = config[field] ?? fallback;
    return typeof value === 'number' && ok(value) ? value : refuse(field, says);
  };
  return {
    count: (field: string, fallback: number): number =>
      number(field, fallback, (n) => Number.isInteger(n) && n > 0, 'a whole number above 0'),
    id: (field: string, fallback: number): number =>
      number(field, fallback, (n) => Number.isInteger(n) && n >= 0, 'a token id, 0 or more'),
    fraction: (field: string, fallback: number): number =>
      number(field, fallback, (n) => n >= 0 && n < 1, 'a number from 0 to below 1'),
    positive: (field: string, fallback: number): number =>
      number(field, fallback, (n) => n > 0, 'a number above 0'),
    text: (field: string, fallback: string): string => {
      const value = config[field] ?? fallback;
      return typeof value === 'string' ? value : refuse(field, 'a text');
    },
    flag: (field: string, fallback: boolean): boolean => {
      const value = config[field] ?? fallback;
      return typeof value === 'boolean' ? value : refuse(field, 'true or false');
    },
  };
}

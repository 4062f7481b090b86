/**
 * @file The named sizes that `plimsoll model init` makes: config.json of the published checkpoints
 * (google/flan-t5-*, t5-*) as they differ from T5's defaults, and of our own embedded model.
 */
import { fail } from '#base';

/** config.json of a random model of a published shape. @throws PlimsollError MODEL_SIZE_UNKNOWN */
export function t5ConfigOfSize(size: string): Record<string, unknown> {
  const shape = SIZES[size];
  if (!shape) return fail('MODEL_SIZE_UNKNOWN', { size, known: Object.keys(SIZES) });
  return {
    architectures: ['T5ForConditionalGeneration'],
    model_type: 't5',
    is_encoder_decoder: true,
    use_cache: true,
    pad_token_id: 0,
    eos_token_id: 1,
    decoder_start_token_id: 0,
    initializer_factor: 1.0,
    layer_norm_epsilon: 1e-6,
    relative_attention_num_buckets: 32,
    relative_attention_max_distance: 128,
    dropout_rate: 0.1,
    vocab_size: 32128,
    torch_dtype: 'float32',
    ...shape,
  };
}

export const T5_SIZES = (): readonly string[] => Object.keys(SIZES);

const V1_1 = {
  feed_forward_proj: 'gated-gelu',
  dense_act_fn: 'gelu_new',
  is_gated_act: true,
  tie_word_embeddings: false,
} as const;
const V1_0 = {
  feed_forward_proj: 'relu',
  dense_act_fn: 'relu',
  is_gated_act: false,
  tie_word_embeddings: true,
} as const;

const shape = (dModel: number, dFf: number, dKv: number, heads: number, layers: number) => ({
  d_model: dModel,
  d_ff: dFf,
  d_kv: dKv,
  num_heads: heads,
  num_layers: layers,
  num_decoder_layers: layers,
});

const SIZES: Readonly<Record<string, Record<string, unknown> | undefined>> = {
  'plimsoll-mini': {
    ...V1_1,
    ...shape(256, 512, 64, 4, 3),
    tie_word_embeddings: true,
    vocab_size: 4096,
    dropout_rate: 0,
  },
  'flan-t5-small': { ...V1_1, ...shape(512, 1024, 64, 6, 8) },
  'flan-t5-base': { ...V1_1, ...shape(768, 2048, 64, 12, 12) },
  'flan-t5-large': { ...V1_1, ...shape(1024, 2816, 64, 16, 24) },
  't5-small': { ...V1_0, ...shape(512, 2048, 64, 8, 6) },
  't5-base': { ...V1_0, ...shape(768, 3072, 64, 12, 12) },
};

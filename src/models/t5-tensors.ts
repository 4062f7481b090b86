/**
 * @file Every tensor of a T5 state dict: its name, shape and how transformers initialises it
 * (T5PreTrainedModel._init_weights). One table for checking files, making random models and LoRA.
 */
import type { T5Config } from './t5-config.ts';

export interface TensorSpec {
  readonly shape: readonly number[];
  /** standard deviation of the normal distribution it starts from; 'ones' for norm scales */
  readonly init: number | 'ones';
  /** true where the tensor is the weight of a Linear module, (out, in): what LoRA can adapt */
  readonly linear: boolean;
}

/** The state dict of a model in the order of its computation. */
export function t5Tensors(config: T5Config): ReadonlyMap<string, TensorSpec> {
  const tensors = new Map<string, TensorSpec>();
  const factor = config.initializerFactor;
  tensors.set('shared.weight', {
    shape: [config.vocabSize, config.dModel],
    init: factor,
    linear: false,
  });
  for (const stack of ['encoder', 'decoder'] as const) addStack(tensors, config, stack);
  if (!config.tiedHead) {
    tensors.set('lm_head.weight', {
      shape: [config.vocabSize, config.dModel],
      init: factor,
      linear: true,
    });
  }
  return tensors;
}

/** Names under which files keep a tensor that we know by another name. */
export const T5_ALIASES: Readonly<Record<string, readonly string[]>> = {
  'shared.weight': ['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight'],
};

function addStack(
  tensors: Map<string, TensorSpec>,
  config: T5Config,
  stack: 'encoder' | 'decoder',
): void {
  const { dModel, dFf, dKv, heads, initializerFactor: factor } = config;
  const inner = heads * dKv;
  const linear = (name: string, out: number, into: number, std: number) =>
    tensors.set(`${name}.weight`, { shape: [out, into], init: factor * std, linear: true });
  const norm = (name: string) =>
    tensors.set(`${name}.weight`, { shape: [dModel], init: 'ones', linear: false });
  const attention = (name: string) => {
    linear(`${name}.q`, inner, dModel, (dModel * dKv) ** -0.5);
    linear(`${name}.k`, inner, dModel, dModel ** -0.5);
    linear(`${name}.v`, inner, dModel, dModel ** -0.5);
    linear(`${name}.o`, dModel, inner, inner ** -0.5);
  };

  const layers = stack === 'encoder' ? config.encoderLayers : config.decoderLayers;
  for (let i = 0; i < layers; i++) {
    const block = `${stack}.block.${i}`;
    norm(`${block}.layer.0.layer_norm`);
    attention(`${block}.layer.0.SelfAttention`);
    if (i === 0) {
      tensors.set(`${block}.layer.0.SelfAttention.relative_attention_bias.weight`, {
        shape: [config.buckets, heads],
        init: factor * dModel ** -0.5,
        linear: false,
      });
    }
    if (stack === 'decoder') {
      norm(`${block}.layer.1.layer_norm`);
      attention(`${block}.layer.1.EncDecAttention`);
    }
    const feedForward = `${block}.layer.${stack === 'decoder' ? 2 : 1}`;
    norm(`${feedForward}.layer_norm`);
    for (const name of config.gated ? ['wi_0', 'wi_1'] : ['wi']) {
      linear(`${feedForward}.DenseReluDense.${name}`, dFf, dModel, dModel ** -0.5);
    }
    linear(`${feedForward}.DenseReluDense.wo`, dModel, dFf, dFf ** -0.5);
  }
  norm(`${stack}.final_layer_norm`);
}

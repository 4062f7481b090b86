/** @file A random T5 of a few hundred weights, and its graphs run in float64. */
import { type Graph, interpret, type Tensor, type Tensor64 } from '#grad';
import { initTensor } from './adapter-parameters.ts';
import { type Model, modelOf } from './model.ts';
import { t5ConfigOfSize } from './t5-sizes.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** Every number differs from the others where that is possible, so that a mix-up cannot hide. */
export function tinyConfig(changes: Readonly<Record<string, unknown>> = {}) {
  return {
    ...t5ConfigOfSize('plimsoll-mini'),
    vocab_size: 23,
    d_model: 6,
    d_kv: 4,
    d_ff: 5,
    num_heads: 2,
    num_layers: 2,
    num_decoder_layers: 3,
    relative_attention_num_buckets: 8,
    relative_attention_max_distance: 12,
    ...changes,
  };
}

export function tinyModel(changes: Readonly<Record<string, unknown>> = {}): Model {
  return modelOf(tinyConfig(changes), 'config.json');
}

/** Random weights by name; the norms' scales too differ from one another. */
export function tinyWeights(model: Model, seed = 1): Record<string, Tensor> {
  const weights: Record<string, Tensor> = {};
  for (const name of model.tensors.keys()) {
    const { shape, data } = initTensor(model, name, seed);
    weights[name] = { dtype: 'f32', shape, data };
    if (shape.length === 1) data.forEach((_, i) => (data[i] = 1 + 0.1 * i));
  }
  return weights;
}

/** The graph's outputs in float64, from those of the given values that it takes. */
export function run64(graph: Graph, values: Tensors, weights: Tensors): Record<string, Tensor64> {
  const taken = new Set(graph.inputs.map(({ params }) => params.name));
  const feeds = Object.entries(values).filter(([name]) => taken.has(name));
  return interpret(graph, to64(feeds), to64(Object.entries(weights)));
}

/** What a graph gave, to be fed to the next one. */
export function fed(outputs: Readonly<Record<string, Tensor64>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, data: Float32Array.from(data) },
    ]),
  );
}

/** Largest difference between two arrays of one length. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] ?? NaN))), 0);
}

function to64(tensors: readonly (readonly [string, Tensor])[]): Record<string, Tensor64> {
  return Object.fromEntries(
    tensors.map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, data: Float64Array.from(data) },
    ]),
  );
}

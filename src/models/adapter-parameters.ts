/**
 * @file An adapter's trainable tensors: names, shapes and initial values. LoRA starts as peft's does:
 * A uniform in +-1/sqrt(in) (kaiming_uniform with a = sqrt(5)), B zero, so the model starts unchanged.
 */
import { STREAM, stream } from '#base';
import { type AdapterSpec, loraTensors, PROMPT_TENSOR } from './adapter-spec.ts';
import type { Model } from './model.ts';

export type Parameters = Map<string, { readonly shape: readonly number[]; data: Float32Array }>;

/** Names and shapes, in the model's order. */
export function adapterShapes(
  model: Model,
  adapter: AdapterSpec,
): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  if (adapter.kind === 'soft-prompt') {
    shapes.set(PROMPT_TENSOR, [adapter.rows, model.width]);
    return shapes;
  }
  for (const module of adapter.modules) {
    const [out = 0, into = 0] = model.tensors.get(`${module}.weight`)?.shape ?? [];
    const names = loraTensors(module);
    shapes.set(names.a, [adapter.r, into]);
    shapes.set(names.b, [out, adapter.r]);
  }
  return shapes;
}

/** Initial values from the seed alone: the same for every plan and machine. */
export function initAdapter(model: Model, adapter: AdapterSpec, seed: number): Parameters {
  const parameters: Parameters = new Map();
  let index = 0;
  for (const [name, shape] of adapterShapes(model, adapter)) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (adapter.kind === 'soft-prompt') {
      fillNormal(data, 1, [seed, STREAM.initialValues, index]);
    } else if (name.endsWith('lora_A.weight')) {
      fillUniform(data, shape[1]! ** -0.5, [seed, STREAM.initialValues, index]);
    }
    parameters.set(name, { shape, data });
    index++;
  }
  return parameters;
}

/** Random weights of a whole model, tensor by tensor, as transformers initialises them. */
export function initTensor(
  model: Model,
  name: string,
  seed: number,
): { readonly shape: readonly number[]; readonly data: Float32Array } {
  const names = [...model.tensors.keys()];
  const spec = model.tensors.get(name);
  if (!spec) throw new Error(`internal: no tensor '${name}' in the model`);
  const data = new Float32Array(spec.shape.reduce((a, b) => a * b, 1));
  if (spec.init === 'ones') data.fill(1);
  else fillNormal(data, spec.init, [seed, STREAM.initialValues, names.indexOf(name)]);
  return { shape: spec.shape, data };
}

/** Uniform in +-bound. */
function fillUniform(data: Float32Array, bound: number, keys: readonly number[]): void {
  const draw = stream(...keys);
  for (let i = 0; i < data.length; i++) data[i] = (draw(i) / 2 ** 31 - 1) * bound;
}

/** Normal with mean 0, by Box and Muller (1958), both numbers of each pair used. */
function fillNormal(data: Float32Array, deviation: number, keys: readonly number[]): void {
  const draw = stream(...keys);
  for (let i = 0; i < data.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log((draw(i) + 0.5) / 2 ** 32));
    const angle = (2 * Math.PI * draw(i + 1)) / 2 ** 32;
    data[i] = radius * Math.cos(angle);
    if (i + 1 < data.length) data[i + 1] = radius * Math.sin(angle);
  }
}

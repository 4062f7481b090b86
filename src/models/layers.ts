/**
 * @file The layers that language models share, as graph expressions. B: examples, S, T: positions,
 * C: width of the hidden state, H: heads, D: width of a head.
 */
import { type Dim, fixedDim, type GraphBuilder, type Value } from '#grad';
import { type AdapterSpec, loraTensors } from './adapter-spec.ts';
import type { Activation } from './t5-config.ts';

/** Where layers are built: the graph, what adapts it, and whether dropout is on. */
export interface LayerContext {
  readonly g: GraphBuilder;
  readonly adapter: AdapterSpec | null;
  /** the base model's own dropout; 0 outside of training */
  readonly dropout: number;
  /** false for evaluation and generation, where no dropout applies, LoRA's neither */
  readonly training: boolean;
}

/** Graph inputs with this prefix are dropout masks, 0 or 1 / (1 - p), drawn anew for each step. */
export const DROPOUT_PREFIX = 'dropout:';
/** Behind the site's name stands the probability: `dropout:<site>@<p>`. */
export function dropoutProbability(input: string): number {
  return Number(input.slice(input.lastIndexOf('@') + 1));
}

/** y = x W^T, with LoRA's scale * (dropout(x) A^T) B^T beside it where the module is adapted. */
export function linear(
  context: LayerContext,
  x: Value, // (..., in)
  module: string,
  out: number,
): Value {
  const { g, adapter } = context;
  const into = fixedDim(x.shape.at(-1));
  const y = g.matmul(x, g.weight(`${module}.weight`, [out, into]), { transB: true });
  if (adapter?.kind !== 'lora' || !adapter.modules.includes(module)) return y;
  const names = loraTensors(module);
  const a = g.weight(names.a, [adapter.r, into]);
  const b = g.weight(names.b, [out, adapter.r]);
  const p = context.training ? adapter.dropout : 0;
  const kept = p > 0 ? g.mul(x, mask(context, `${module}.lora`, p, x.shape)) : x;
  // The scale goes onto the narrow middle (..., r), where it costs next to nothing.
  const scale = g.fill(adapter.alpha / adapter.r, []);
  const narrow = g.mul(g.matmul(kept, a, { transB: true }), scale);
  return g.add(y, g.matmul(narrow, b, { transB: true }));
}

/** Inverted dropout of the base model (Srivastava et al. 2014); x itself outside of training. */
export function dropout(context: LayerContext, x: Value, site: string): Value {
  const p = context.dropout;
  if (!context.training || p === 0) return x;
  return context.g.mul(x, mask(context, site, p, x.shape));
}

/** Root mean square norm (Zhang & Sennrich 2019): x / sqrt(mean(x^2) + epsilon) * w. */
export function rmsNorm(g: GraphBuilder, x: Value, weight: string, epsilon: number): Value {
  const width = fixedDim(x.shape.at(-1));
  return g.rmsNorm(x, g.weight(weight, [width]), epsilon);
}

export function activate(g: GraphBuilder, x: Value, activation: Activation): Value {
  return ACTIVATIONS[activation](g, x);
}

const ACTIVATIONS: Readonly<Record<Activation, (g: GraphBuilder, x: Value) => Value>> = {
  relu: (g, x) => g.relu(x),
  gelu_new: (g, x) => g.gelu(x, 'tanh'),
  gelu: (g, x) => g.gelu(x, 'none'),
  silu: (g, x) => g.mul(x, g.sigmoid(x)),
};

/** (B,S,H*D) -> (B,H,S,D) */
export function splitHeads(g: GraphBuilder, x: Value, heads: number): Value {
  const [batch, length, inner] = x.shape;
  return g.transpose(g.reshape(x, [batch!, length!, heads, fixedDim(inner) / heads]), [0, 2, 1, 3]);
}

/** (B,H,S,D) -> (B,S,H*D) */
export function joinHeads(g: GraphBuilder, x: Value): Value {
  const [batch, heads, length, width] = x.shape;
  const inner = fixedDim(heads) * fixedDim(width);
  return g.reshape(g.transpose(x, [0, 2, 1, 3]), [batch!, length!, inner]);
}

/** Mean-free sum of -log softmax(logits)[label] * weight over rows: (N,V), (N), (N,1) -> (1,1). */
export function weightedCrossEntropy(
  g: GraphBuilder,
  logits: Value,
  labels: Value,
  weights: Value,
): Value {
  // Looked up first: nothing reads the logits after the softmax then, which may overwrite them.
  const chosen = g.gatherLast(logits, labels);
  const nll = g.sub(g.logSumExp(logits), chosen); // (N,1)
  return g.reduceSum(g.mul(nll, weights), [0, 1]);
}

function mask({ g }: LayerContext, site: string, p: number, shape: readonly Dim[]): Value {
  return g.input(`${DROPOUT_PREFIX}${site}@${p}`, 'f32', shape);
}

/**
 * @file The gradient of attention's softmax where its weights are at hand.
 *
 * Of the weights P (rows x keys), what dropout leaves of them, A = P M, and the output O = A V, the scores get
 * P (dP - D) with dP = dO V^T M and D = sum over keys of dP P. The same D is the sum of dO O over a head's
 * width (Dao 2023, "FlashAttention-2", section 3.1), which is short; and P dP = A dO V^T, so that the mask M
 * is not needed again. Two passes over what is as large as P are spared, and M.
 */
import type { Value } from './graph.ts';
import type { GraphBuilder } from './graph-builder.ts';

/**
 * What the scores get, y being their softmax and dy its cotangent; null where that does not come from a product
 * of y, masked or not, with values.
 */
export function attentionGradient(g: GraphBuilder, y: Value, dy: Value): Value | null {
  const [product, mask] = dy.op === 'mul' ? dy.inputs : [dy];
  if (product?.op !== 'matmul' || !product.params.transB || product.params.transA) return null;
  const [outputGradient, values] = product.inputs;
  const weights = mask ? g.mul(y, mask) : y;
  // The forward part's own result: equal values are one (graph-builder.ts).
  const output = g.matmul(weights, values!);
  const along = g.reduceSum(g.mul(outputGradient!, output), [-1]);
  if (!mask) return g.mul(y, g.sub(product, along));
  return g.sub(g.mul(weights, product), g.mul(y, along));
}

/**
 * @file The slopes of the two forms of GELU (Hendrycks & Gimpel 2016), arranged for few passes over
 * memory: ONNX Runtime makes one per operation.
 */
import type { Value } from './graph.ts';
import type { GraphBuilder } from './graph-builder.ts';

/** What the paper's approximation gives to x^3, and twice what it gives to x: s(z) = (1 + tanh(z/2)) / 2. */
const CUBIC = 0.044715;
const LINEAR = 2 * Math.sqrt(2 / Math.PI);

/**
 * y = x s(z), z = LINEAR (x + CUBIC x^3), s the sigmoid, which is the tanh of the usual form moved
 * and halved. With v = x z' the slope is s + s (1 - s) v; 12 passes.
 */
export function geluTanhSlope(g: GraphBuilder, x: Value): Value {
  const linear = g.fill(LINEAR, []);
  const cubic = g.mul(g.mul(x, x), g.fill(LINEAR * CUBIC, []));
  const s = g.sigmoid(g.mul(x, g.add(cubic, linear)));
  const v = g.mul(x, g.add(g.mul(cubic, g.fill(3, [])), linear));
  return g.mul(s, g.add(g.mul(g.sub(g.fill(1, []), s), v), g.fill(1, [])));
}

/**
 * y = x (1 + erf q) / 2, q = x / 2^(1/2). The slope is (1 + erf q) / 2 + q e^(-q^2) / pi^(1/2);
 * 9 passes. Far out e^(q^2) is infinite and the quotient 0, as it should be.
 */
export function geluErfSlope(g: GraphBuilder, x: Value): Value {
  const half = g.fill(0.5, []);
  const q = g.mul(x, g.fill(Math.SQRT1_2, []));
  const bell = g.mul(g.div(q, g.exp(g.mul(q, q))), g.fill(2 / Math.sqrt(Math.PI), []));
  return g.mul(g.add(g.add(g.erf(q), bell), g.fill(1, [])), half);
}

/** @file Reverse-mode gradient (rough). */
import { broadcastShapes, type Dim, product, sameShape, type Shape } from './dim.ts';
import { ancestorsOf, type Value } from './graph.ts';
import type { GraphBuilder } from './graph-builder.ts';

export function gradient(
  g: GraphBuilder,
  outputs: { value: Value; cotangent: Value }[],
  wrt: Value[],
): (Value | null)[] {
  const nodes = ancestorsOf(outputs.map((o) => o.value));
  const needs = new Set<Value>(wrt);
  for (const n of nodes) if (n.inputs.some((i) => needs.has(i))) needs.add(n);
  const sums = new Map<Value, Value>();
  const put = (v: Value, d: Value) => {
    if (!needs.has(v)) return;
    const fitted = unbroadcast(g, d, v.shape);
    const sum = sums.get(v);
    sums.set(v, sum ? g.add(sum, fitted) : fitted);
  };
  for (const o of outputs) put(o.value, o.cotangent);
  for (const n of nodes.toReversed()) {
    const dy = sums.get(n);
    if (!dy || n.op === 'input' || n.op === 'weight') continue;
    const grads = rule(g, n, dy, (i) => needs.has(n.inputs[i] as Value));
    grads.forEach((d, i) => {
      if (d) put(n.inputs[i] as Value, d);
    });
  }
  return wrt.map((v) => sums.get(v) ?? null);
}

function unbroadcast(g: GraphBuilder, d: Value, shape: Shape): Value {
  if (sameShape(d.shape, shape)) return d;
  const big = broadcastShapes(d.shape, shape) as Shape;
  if (sameShape(big, shape)) return g.broadcastTo(d, shape);
  const full = d;
  const extra = full.shape.length - shape.length;
  const axes = full.shape
    .map((_, i) => i)
    .filter((i) => i < extra || (shape[i - extra] === 1 && full.shape[i] !== 1));
  const r = g.reshape(
    g.reduceSum(full, axes),
    full.shape.slice(extra).map((dim, i) => (shape[i] === 1 ? 1 : dim)),
  );
  return g.broadcastTo(r, shape);
}

function rule(
  g: GraphBuilder,
  n: Value,
  dy: Value,
  want: (i: number) => boolean,
): (Value | null)[] {
  const a = n.inputs[0] as Value;
  const b = n.inputs[1] as Value;
  const c = (v: number) => g.fill(v, []);
  const full = () => g.broadcastTo(dy, n.shape);
  switch (n.op) {
    case 'add':
      return [dy, dy].map((d, i) => (want(i) ? over(g, d, n, i) : null));
    case 'sub':
      return [want(0) ? over(g, dy, n, 0) : null, want(1) ? g.neg(over(g, dy, n, 1)) : null];
    case 'mul':
      return [want(0) ? g.mul(dy, b) : null, want(1) ? g.mul(dy, a) : null];
    case 'div':
      return [want(0) ? g.div(dy, b) : null, want(1) ? g.neg(g.div(g.mul(dy, n), b)) : null];
    case 'neg':
      return [g.neg(dy)];
    case 'exp':
      return [g.mul(dy, n)];
    case 'log':
      return [g.div(dy, a)];
    case 'sqrt':
      return [g.div(g.mul(dy, c(0.5)), n)];
    case 'reciprocal':
      return [g.neg(g.mul(dy, g.mul(n, n)))];
    case 'tanh':
      return [g.mul(dy, g.sub(c(1), g.mul(n, n)))];
    case 'sigmoid':
      return [g.mul(dy, g.mul(n, g.sub(c(1), n)))];
    case 'relu':
      return [g.mul(dy, g.greaterZero(n))];
    case 'erf':
      return [g.mul(dy, g.mul(c(2 / Math.sqrt(Math.PI)), g.exp(g.neg(g.mul(a, a)))))];
    case 'gelu': {
      if (n.params.approximate === 'none') {
        const cdf = g.mul(c(0.5), g.add(c(1), g.erf(g.mul(a, c(Math.SQRT1_2)))));
        const pdf = g.mul(c(1 / Math.sqrt(2 * Math.PI)), g.exp(g.mul(c(-0.5), g.mul(a, a))));
        return [g.mul(dy, g.add(cdf, g.mul(a, pdf)))];
      }
      const k = Math.sqrt(2 / Math.PI);
      const x2 = g.mul(a, a);
      const t = g.tanh(g.mul(a, g.add(g.mul(x2, c(k * 0.044715)), c(k))));
      const du = g.add(g.mul(x2, c(3 * k * 0.044715)), c(k));
      const inner = g.add(g.add(t, c(1)), g.mul(a, g.mul(g.sub(c(1), g.mul(t, t)), du)));
      return [g.mul(dy, g.mul(inner, c(0.5)))];
    }
    case 'reduceSum':
      return [dy];
    case 'reduceMean': {
      if (n.params.axes.some((x) => typeof a.shape[x] !== 'number'))
        throw new Error('internal: mean over symbol');
      return [g.mul(dy, c(1 / n.params.axes.reduce((p, x) => p * (a.shape[x] as number), 1)))];
    }
    case 'softmax': {
      const d = full();
      return [g.mul(n, g.sub(d, g.reduceSum(g.mul(d, n), [n.shape.length - 1])))];
    }
    case 'logSumExp':
      return [g.mul(g.softmax(a), dy)];
    case 'matmul': {
      const d = full();
      const { transA, transB } = n.params;
      const da = want(0)
        ? transA
          ? g.matmul(b, d, { transA: transB, transB: true })
          : g.matmul(d, b, { transB: !transB })
        : null;
      let db: Value | null = null;
      if (want(1)) {
        if (b.shape.length === 2 && a.shape.length > 2 && !transA) {
          const rows = product(a.shape.slice(0, -1));
          const fa = g.reshape(a, [rows, a.shape.at(-1) as Dim]);
          const fd = g.reshape(d, [rows, d.shape.at(-1) as Dim]);
          db = transB ? g.matmul(fd, fa, { transA: true }) : g.matmul(fa, fd, { transA: true });
        } else
          db = transB
            ? g.matmul(d, a, { transA: true, transB: transA })
            : g.matmul(a, d, { transA: !transA });
      }
      return [da, db];
    }
    case 'reshape':
      return [g.reshape(full(), a.shape)];
    case 'transpose': {
      const inv: number[] = [];
      n.params.perm.forEach((p, i) => {
        inv[p] = i;
      });
      return [g.transpose(full(), inv)];
    }
    case 'broadcastTo':
      return [dy];
    case 'concat': {
      const { axis } = n.params;
      let start: Dim = 0;
      const d = full();
      return n.inputs.map((v, i) => {
        const s = g.slice(d, axis, start, v.shape[axis] as Dim);
        start = i === 0 ? (v.shape[axis] as Dim) : start;
        return s;
      });
    }
    case 'slice':
      return [g.pad(full(), n.params.axis, n.params.start, a.shape[n.params.axis] as Dim)];
    case 'pad':
      return [g.slice(full(), n.params.axis, n.params.start, a.shape[n.params.axis] as Dim)];
    case 'gather':
      return [g.scatterAddRows(g.fill(0, a.shape), b, full()), null];
    case 'scatterAddRows':
      return [dy, null, g.gather(full(), b)];
    case 'gatherLast':
      return [g.scatterAddLast(g.fill(0, a.shape), b, full()), null];
    case 'scatterAddLast':
      return [dy, null, g.gatherLast(full(), b)];
    default:
      return n.inputs.map(() => null);
  }
}
/** For broadcasting operands, dy must have the result's shape before it is summed. */
function over(g: GraphBuilder, d: Value, n: Value, i: number): Value {
  return sameShape((n.inputs[i] as Value).shape, n.shape) ? d : g.broadcastTo(d, n.shape);
}

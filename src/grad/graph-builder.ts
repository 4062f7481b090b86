/**
 * @file Makes graphs. One method per operation, and what each operation means.
 *
 * Values are hash-consed: the same operation on the same operands with the same parameters is the
 * same value, so nothing is computed twice within a graph. What is needless is not built at all
 * (simplify.ts).
 */
import { canonicalShape, type Dim, product, type Shape } from './dim.ts';
import { type Graph, graphOf, type Value, type ValueOf } from './graph.ts';
import type { OpName, OpParams } from './ops.ts';
import { inferShape } from './shape-rules.ts';
import { SIMPLIFICATIONS } from './simplify.ts';
import type { DType } from './tensor.ts';

/** Throughout: operands of another shape or dtype than said throw an `internal:` error. */
export class GraphBuilder {
  readonly name: string;
  readonly #values: Value[] = [];
  readonly #known = new Map<string, Value>();
  readonly #named = new Map<string, Value>();

  constructor(name: string) {
    this.name = name;
  }

  // ---- sources

  /** Fed at each run. */
  input(name: string, dtype: DType, shape: Shape): Value {
    return this.#declare('input', { name, dtype, shape: canonicalShape(shape) });
  }

  /** An f32 tensor of a state dict. Where its numbers are is said when the graph is lowered. */
  weight(name: string, shape: readonly number[]): Value {
    return this.#declare('weight', { name, shape: [...shape] });
  }

  /** An f32 constant, the same number everywhere. */
  fill(value: number, shape: Shape): Value {
    return this.node('fill', [], { value, shape: canonicalShape(shape) });
  }

  // ---- element by element; two operands broadcast as in numpy, symbols against equals or 1

  add(a: Value, b: Value): Value {
    return this.#build('add', [a, b], {});
  }

  sub(a: Value, b: Value): Value {
    return this.#build('sub', [a, b], {});
  }

  mul(a: Value, b: Value): Value {
    return this.#build('mul', [a, b], {});
  }

  div(a: Value, b: Value): Value {
    return this.#build('div', [a, b], {});
  }

  neg(x: Value): Value {
    return this.#build('neg', [x], {});
  }

  exp(x: Value): Value {
    return this.#build('exp', [x], {});
  }

  log(x: Value): Value {
    return this.#build('log', [x], {});
  }

  sqrt(x: Value): Value {
    return this.#build('sqrt', [x], {});
  }

  reciprocal(x: Value): Value {
    return this.#build('reciprocal', [x], {});
  }

  tanh(x: Value): Value {
    return this.#build('tanh', [x], {});
  }

  erf(x: Value): Value {
    return this.#build('erf', [x], {});
  }

  sigmoid(x: Value): Value {
    return this.#build('sigmoid', [x], {});
  }

  relu(x: Value): Value {
    return this.#build('relu', [x], {});
  }

  /** 1 where x > 0, else 0, as f32. */
  greaterZero(x: Value): Value {
    return this.#build('greaterZero', [x], {});
  }

  /** x times the normal distribution function of x, by erf ('none') or approximated by tanh. */
  gelu(x: Value, approximate: 'tanh' | 'none'): Value {
    return this.#build('gelu', [x], { approximate });
  }

  /** bool or i32 -> f32. */
  cast(x: Value): Value {
    return this.#build('cast', [x], {});
  }

  // ---- along axes; a negative axis counts from the end

  /** The axes stay, with length 1. */
  reduceSum(x: Value, axes: readonly number[]): Value {
    return this.#build('reduceSum', [x], { axes: ascending(axes, x) });
  }

  /** The axes stay, with length 1. */
  reduceMean(x: Value, axes: readonly number[]): Value {
    return this.#build('reduceMean', [x], { axes: ascending(axes, x) });
  }

  /** Over the last axis. */
  softmax(x: Value): Value {
    return this.#build('softmax', [x], {});
  }

  /** x / sqrt(mean(x^2) + epsilon) * weight over the last axis (Zhang & Sennrich 2019): (...,C), (C). */
  rmsNorm(x: Value, weight: Value, epsilon: number): Value {
    return this.#build('rmsNorm', [x, weight], { epsilon });
  }

  /** log(sum(exp(x))) over the last axis, which stays with length 1. */
  logSumExp(x: Value): Value {
    return this.#build('logSumExp', [x], {});
  }

  /** (...,M,K) x (...,K,N) -> (...,M,N), leading axes broadcasting; transA, transB: stored as (...,K,M), (...,N,K). */
  matmul(
    a: Value,
    b: Value,
    {
      transA = false,
      transB = false,
    }: { readonly transA?: boolean; readonly transB?: boolean } = {},
  ): Value {
    return this.#build('matmul', [a, b], { transA, transB });
  }

  // ---- moving elements

  /** The same elements in the same order; their number has to be provably the same. */
  reshape(x: Value, shape: Shape): Value {
    return this.#build('reshape', [x], { shape: canonicalShape(shape) });
  }

  /** Axis i of the result is axis perm[i] of x. */
  transpose(x: Value, perm: readonly number[]): Value {
    return this.#build('transpose', [x], { perm: perm.map((axis) => fromStart(axis, x)) });
  }

  broadcastTo(x: Value, shape: Shape): Value {
    return this.#build('broadcastTo', [x], { shape: canonicalShape(shape) });
  }

  /** `dim` is the length of the result on the axis: a number, or a symbol that may be new here. */
  concat(values: readonly Value[], axis: number, dim: Dim): Value {
    const [first] = values;
    return this.#build('concat', values, {
      axis: first ? fromStart(axis, first) : axis,
      dim: product([dim]),
    });
  }

  /** The elements [start, start + dim) of the axis. */
  slice(x: Value, axis: number, start: Dim, dim: Dim): Value {
    return this.#build('slice', [x], {
      axis: fromStart(axis, x),
      start: product([start]),
      dim: product([dim]),
    });
  }

  /** x at `start` of an axis of length `dim`, zeros before and behind: what slice is the way back of. */
  pad(x: Value, axis: number, start: Dim, dim: Dim): Value {
    return this.#build('pad', [x], {
      axis: fromStart(axis, x),
      start: product([start]),
      dim: product([dim]),
    });
  }

  // ---- by index; ids are i32, an id out of range is the caller's error

  /** Rows of a table: (V,C...), ids (N...) -> (N...,C...). */
  gather(table: Value, ids: Value): Value {
    return this.#build('gather', [table, ids], {});
  }

  /** base (V,C...) with updates (N...,C...) added to the rows ids (N...); rows named twice get both. */
  scatterAddRows(base: Value, ids: Value, updates: Value): Value {
    return this.#build('scatterAddRows', [base, ids, updates], {});
  }

  /** One element of each last axis: (...,V), ids (...) -> (...,1). */
  gatherLast(x: Value, ids: Value): Value {
    return this.#build('gatherLast', [x, ids], {});
  }

  /** base (...,V) with updates (...,1) added at ids (...). */
  scatterAddLast(base: Value, ids: Value, updates: Value): Value {
    return this.#build('scatterAddLast', [base, ids, updates], {});
  }

  // ---- whole graphs

  /**
   * The graph of these outputs, with no more than they need. An input that no output is made from is
   * kept where only it says what a symbol stands for. The builder goes on; later graphs share values.
   */
  finish(outputs: Readonly<Record<string, Value>>): Graph {
    for (const value of Object.values(outputs)) this.#checkOwn(value);
    return graphOf(
      this.name,
      outputs,
      this.#values.filter((value) => value.op === 'input'),
    );
  }

  /** Exactly this operation, nothing simplified: for passes that copy values from graph to graph. */
  node<Op extends OpName>(op: Op, inputs: readonly Value[], params: OpParams[Op]): Value {
    for (const value of inputs) this.#checkOwn(value);
    const key = keyOf(op, inputs, params);
    const known = this.#known.get(key);
    if (known) return known;
    const { shape, dtype } = inferShape(op, inputs, params);
    const made: ValueOf<Op> = { id: this.#values.length, op, inputs, params, shape, dtype };
    // oxlint-disable-next-line no-unsafe-type-assertion -- a ValueOf<Op> is one of the union's members, whichever Op is
    const value = made as Value;
    this.#values.push(value);
    this.#known.set(key, value);
    return value;
  }

  #build<Op extends OpName>(op: Op, inputs: readonly Value[], params: OpParams[Op]): Value {
    const { shape } = inferShape(op, inputs, params);
    return SIMPLIFICATIONS[op]?.(this, shape, params, ...inputs) ?? this.node(op, inputs, params);
  }

  #declare<Op extends 'input' | 'weight'>(op: Op, params: OpParams[Op]): Value {
    const value = this.node(op, [], params);
    const before = this.#named.get(params.name);
    if (before && before !== value) {
      throw new Error(
        `internal: graph ${this.name} has two sources called ${params.name}: ${before.op} ${JSON.stringify(before.params)} and ${op} ${JSON.stringify(params)}`,
      );
    }
    this.#named.set(params.name, value);
    return value;
  }

  #checkOwn(value: Value): void {
    if (this.#values[value.id] === value) return;
    throw new Error(
      `internal: ${value.op} %${value.id} was made for another graph than ${this.name}`,
    );
  }
}

function fromStart(axis: number, { shape }: Value): number {
  return axis < 0 ? axis + shape.length : axis;
}

function ascending(axes: readonly number[], x: Value): number[] {
  return axes.map((axis) => fromStart(axis, x)).toSorted((a, b) => a - b);
}

function keyOf(op: OpName, inputs: readonly Value[], params: object): string {
  return `${op} ${inputs.map(({ id }) => id).join(' ')} ${JSON.stringify(params, exactNumber)}`;
}

/** JSON alone would make one text of 0 and -0, and of NaN and the infinities. */
function exactNumber(_: string, part: unknown): unknown {
  if (typeof part !== 'number') return part;
  return Object.is(part, -0) ? '-0' : String(part);
}

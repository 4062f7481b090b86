/** @file Builds graphs; the same operation on the same operands is made once. */
import { type Dim, sameShape, type Shape } from './dim.ts';
import { ancestorsOf, type Graph, type Value, type ValueOf } from './graph.ts';
import type { OpName, OpParams } from './ops.ts';
import { SHAPE_RULES, type Typed } from './shape-rules.ts';
import type { DType } from './tensor.ts';

export class GraphBuilder {
  readonly name: string;
  readonly #known = new Map<string, Value>();
  #next = 0;

  constructor(name: string) {
    this.name = name;
  }

  make<Op extends OpName>(op: Op, inputs: readonly Value[], params: OpParams[Op]): Value {
    const key = `${op}(${inputs.map((v) => v.id).join(',')})${JSON.stringify(params)}`;
    const known = this.#known.get(key);
    if (known) return known;
    const typed = (SHAPE_RULES[op] as (i: readonly Value[], p: OpParams[Op]) => Typed)(
      inputs,
      params,
    );
    const value = { id: this.#next++, op, inputs, params, ...typed } as unknown as Value;
    this.#known.set(key, value);
    return value;
  }

  input(name: string, dtype: DType, shape: Shape): Value {
    return this.make('input', [], { name, dtype, shape });
  }
  weight(name: string, shape: readonly number[]): Value {
    return this.make('weight', [], { name, shape });
  }
  fill(value: number, shape: Shape): Value {
    return this.make('fill', [], { value, shape });
  }
  add(a: Value, b: Value): Value {
    if (isFill(b, 0) && sameShape(this.make('add', [a, b], {}).shape, a.shape)) return a;
    if (isFill(a, 0) && sameShape(this.make('add', [a, b], {}).shape, b.shape)) return b;
    for (const [s, o] of [
      [a, b],
      [b, a],
    ] as const) {
      if (
        (s.op === 'scatterAddLast' || s.op === 'scatterAddRows') &&
        isFill(s.inputs[0] as Value, 0) &&
        sameShape(s.shape, o.shape)
      ) {
        return this.make(s.op, [o, s.inputs[1] as Value, s.inputs[2] as Value], {});
      }
    }
    return this.make('add', [a, b], {});
  }
  sub(a: Value, b: Value): Value {
    return this.make('sub', [a, b], {});
  }
  mul(a: Value, b: Value): Value {
    if (isFill(b, 1) && sameShape(this.make('mul', [a, b], {}).shape, a.shape)) return a;
    if (isFill(a, 1) && sameShape(this.make('mul', [a, b], {}).shape, b.shape)) return b;
    return this.make('mul', [a, b], {});
  }
  div(a: Value, b: Value): Value {
    return this.make('div', [a, b], {});
  }
  neg(v: Value): Value {
    return this.make('neg', [v], {});
  }
  exp(v: Value): Value {
    return this.make('exp', [v], {});
  }
  log(v: Value): Value {
    return this.make('log', [v], {});
  }
  sqrt(v: Value): Value {
    return this.make('sqrt', [v], {});
  }
  reciprocal(v: Value): Value {
    return this.make('reciprocal', [v], {});
  }
  tanh(v: Value): Value {
    return this.make('tanh', [v], {});
  }
  erf(v: Value): Value {
    return this.make('erf', [v], {});
  }
  sigmoid(v: Value): Value {
    return this.make('sigmoid', [v], {});
  }
  relu(v: Value): Value {
    return this.make('relu', [v], {});
  }
  greaterZero(v: Value): Value {
    return this.make('greaterZero', [v], {});
  }
  gelu(v: Value, approximate: 'tanh' | 'none'): Value {
    return this.make('gelu', [v], { approximate });
  }
  cast(v: Value): Value {
    return this.make('cast', [v], {});
  }
  reduceSum(v: Value, axes: readonly number[]): Value {
    const left = axes.filter((a) => v.shape[a] !== 1);
    return left.length === 0 ? v : this.make('reduceSum', [v], { axes: left });
  }
  reduceMean(v: Value, axes: readonly number[]): Value {
    return this.make('reduceMean', [v], { axes });
  }
  softmax(v: Value): Value {
    return this.make('softmax', [v], {});
  }
  logSumExp(v: Value): Value {
    return this.make('logSumExp', [v], {});
  }
  matmul(a: Value, b: Value, p: { transA?: boolean; transB?: boolean } = {}): Value {
    return this.make('matmul', [a, b], { transA: p.transA ?? false, transB: p.transB ?? false });
  }
  reshape(v: Value, shape: Shape): Value {
    return sameShape(v.shape, shape)
      ? v
      : this.make('reshape', [v.op === 'reshape' ? (v.inputs[0] as Value) : v], { shape });
  }
  transpose(v: Value, perm: readonly number[]): Value {
    return this.make('transpose', [v], { perm });
  }
  broadcastTo(v: Value, shape: Shape): Value {
    return sameShape(v.shape, shape) ? v : this.make('broadcastTo', [v], { shape });
  }
  concat(values: readonly Value[], axis: number, dim: Dim): Value {
    return this.make('concat', values, { axis, dim });
  }
  slice(v: Value, axis: number, start: Dim, dim: Dim): Value {
    return this.make('slice', [v], { axis, start, dim });
  }
  pad(v: Value, axis: number, start: Dim, dim: Dim): Value {
    return this.make('pad', [v], { axis, start, dim });
  }
  gather(table: Value, ids: Value): Value {
    return this.make('gather', [table, ids], {});
  }
  scatterAddRows(base: Value, ids: Value, updates: Value): Value {
    return this.make('scatterAddRows', [base, ids, updates], {});
  }
  gatherLast(v: Value, ids: Value): Value {
    return this.make('gatherLast', [v, ids], {});
  }
  scatterAddLast(base: Value, ids: Value, updates: Value): Value {
    return this.make('scatterAddLast', [base, ids, updates], {});
  }

  finish(outputs: Record<string, Value>): Graph {
    const nodes = ancestorsOf(Object.values(outputs));
    return {
      name: this.name,
      inputs: nodes.filter((v) => v.op === 'input') as unknown as ValueOf<'input'>[],
      weights: nodes.filter((v) => v.op === 'weight') as unknown as ValueOf<'weight'>[],
      outputs,
      nodes,
    };
  }
}
const isFill = (v: Value, value: number): boolean => v.op === 'fill' && v.params.value === value;

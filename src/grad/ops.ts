/**
 * @file The operations, as data: every primitive, its parameters, how many operands it takes.
 *
 * What an operation means is said where each is built (graph-builder.ts). A new one adds a row here
 * and in each table: shape-rules.ts, gradient-rules.ts, interpret-rules.ts, and the lowering in
 * onnx/. The compiler names the table that lacks a row; so does ops.test.ts.
 */
import type { Dim, Shape } from './dim.ts';
import type { DType } from './tensor.ts';

/** No parameters. */
export type None = Readonly<Record<string, never>>;

export interface OpParams {
  // sources
  readonly input: { readonly name: string; readonly dtype: DType; readonly shape: Shape };
  readonly weight: { readonly name: string; readonly shape: readonly number[] };
  readonly fill: { readonly value: number; readonly shape: Shape };
  // element by element, two operands, broadcasting
  readonly add: None;
  readonly sub: None;
  readonly mul: None;
  readonly div: None;
  // element by element, one operand
  readonly neg: None;
  readonly exp: None;
  readonly log: None;
  readonly sqrt: None;
  readonly reciprocal: None;
  readonly tanh: None;
  readonly erf: None;
  readonly sigmoid: None;
  readonly relu: None;
  readonly greaterZero: None;
  readonly gelu: { readonly approximate: 'tanh' | 'none' };
  readonly cast: None;
  // along axes
  readonly reduceSum: { readonly axes: readonly number[] };
  readonly reduceMean: { readonly axes: readonly number[] };
  readonly softmax: None;
  readonly rmsNorm: { readonly epsilon: number };
  readonly logSumExp: None;
  readonly matmul: { readonly transA: boolean; readonly transB: boolean };
  // moving elements
  readonly reshape: { readonly shape: Shape };
  readonly transpose: { readonly perm: readonly number[] };
  readonly broadcastTo: { readonly shape: Shape };
  readonly concat: { readonly axis: number; readonly dim: Dim };
  readonly slice: { readonly axis: number; readonly start: Dim; readonly dim: Dim };
  readonly pad: { readonly axis: number; readonly start: Dim; readonly dim: Dim };
  // by index
  readonly gather: None;
  readonly scatterAddRows: None;
  readonly gatherLast: None;
  readonly scatterAddLast: None;
}

export type OpName = keyof OpParams;

/** How many operands each operation takes; 'some' is one or more. */
export const ARITY: { readonly [Op in OpName]: 0 | 1 | 2 | 3 | 'some' } = {
  input: 0,
  weight: 0,
  fill: 0,
  add: 2,
  sub: 2,
  mul: 2,
  div: 2,
  neg: 1,
  exp: 1,
  log: 1,
  sqrt: 1,
  reciprocal: 1,
  tanh: 1,
  erf: 1,
  sigmoid: 1,
  relu: 1,
  greaterZero: 1,
  gelu: 1,
  cast: 1,
  reduceSum: 1,
  reduceMean: 1,
  softmax: 1,
  rmsNorm: 2,
  logSumExp: 1,
  matmul: 2,
  reshape: 1,
  transpose: 1,
  broadcastTo: 1,
  concat: 'some',
  slice: 1,
  pad: 1,
  gather: 2,
  scatterAddRows: 3,
  gatherLast: 2,
  scatterAddLast: 3,
};

/** The operations that work element by element: cheap to redo, and blind to what axes mean. */
export const UNARY = [
  'neg',
  'exp',
  'log',
  'sqrt',
  'reciprocal',
  'tanh',
  'erf',
  'sigmoid',
  'relu',
  'greaterZero',
  'gelu',
  'cast',
] as const satisfies readonly OpName[];

export const BINARY = ['add', 'sub', 'mul', 'div'] as const satisfies readonly OpName[];

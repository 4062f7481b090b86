/** @file The door of grad/: graphs of tensor operations, what is derived from them, how they are checked. */
export { bindGraph, bindSymbols } from './bind-symbols.ts';
export {
  type Dim,
  dimOf,
  factorsOf,
  fixedDim,
  product,
  sameShape,
  type Shape,
  shapeOf,
  type SymbolBindings,
} from './dim.ts';
export type { Graph, Value, ValueOf } from './graph.ts';
export { GraphBuilder } from './graph-builder.ts';
export type { OpName, OpParams } from './ops.ts';
export { type DType, floats, type Tensor, type Tensor64 } from './tensor.ts';
export { type Attention, gradient, type Seed } from './gradient.ts';
export { type Partition, partition, type PartitionOptions } from './partition.ts';
export { interpret } from './interpret.ts';
export { print } from './print.ts';
export { renameGraph } from './rename.ts';
export { verify } from './verify.ts';

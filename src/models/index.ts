/** @file The door of models/: language models as graphs, and what adapts them. */
export {
  type Adapter,
  ADAPTER_CONFIG,
  ADAPTER_TENSORS,
  linearModules,
  readAdapter,
  writeAdapter,
} from './adapter-files.ts';
export { adapterShapes, initAdapter, initTensor, type Parameters } from './adapter-parameters.ts';
export { type AdapterSpec, type LoraSpec, PROMPT_TENSOR, resolveTargets } from './adapter-spec.ts';
export { isMatrix, locateTensors } from './base-weights.ts';
export { DROPOUT_PREFIX, dropoutProbability } from './layers.ts';
export { type Model, modelOf } from './model.ts';
export {
  locateBase,
  type LocatedBase,
  openBase,
  type OpenedBase,
  openLocatedBase,
} from './open-base.ts';
export type { Segment } from './segment.ts';
export type { Seq2SeqBatch, TokenExample } from './t5-batch.ts';
export { T5_SIZES, t5ConfigOfSize } from './t5-sizes.ts';

/** @file The door of onnx/: a graph of grad/ in, tensors out. The only folder that knows ONNX Runtime. */
export type { WeightLocation } from './external-data.ts';
export type { WeightBinding } from './lower.ts';
export { GraphSession, openPair, openSession, type SessionOptions } from './session.ts';

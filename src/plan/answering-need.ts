/** @file What a process takes that keeps a model open and answers: the limit that it needs. */
import type { AnsweringNeed } from '#protocol';
import type { TensorLocation } from '#weights';
import { type AnsweringSubject, generationMemory } from './answering-memory.ts';
import { workingFileBytes } from './mapped-weights.ts';
import {
  GRAPH_VALUE_BYTES,
  RUNTIME_BYTES,
  SESSION_SIDE_BYTES,
  TOKENIZER_FACTOR,
} from './runtime-floor.ts';
import { sessionFootprint } from './session-footprint.ts';

export interface AnsweringQuestion extends AnsweringSubject {
  /** of the base, as they are stored */
  readonly weights: ReadonlyMap<string, TensorLocation>;
  /** of all of the adapter's parameters */
  readonly parameters: number;
  readonly tokenizerBytes: number;
  /** bytes that the kernel reads around a missing page of the weights' files */
  readonly readAhead: number;
  readonly threads: number;
}

/** Of the predicted peak: as of a run, whose parts it has but for the step. */
const MARGIN = 0.06;
const MARGIN_BYTES = 8 * 2 ** 20;
const FLOAT_BYTES = 4;

/**
 * For one answer at a time, at the greatest length that the model was made for, with each large buffer a mapping of
 * its own (M_MMAP_THRESHOLD of 128 KiB), so that no allocator holds more than is in use. Its graphs are open all the
 * time: encoder, the cache that every step attends to, and the step itself.
 *
 * Measured with 481 tokens asked and 400 answered, flan-t5-small in float32, 2 threads, under the limit that it is said
 * to need: 76 MiB, of 89 that are predicted for 512 and 512 (x86-64, Node 20, ONNX Runtime 1.30).
 */
export function answeringNeed(question: AnsweringQuestion): AnsweringNeed {
  const { model, adapter, storageOf, threads, parameters, tokenizerBytes, readAhead } = question;
  const kinds = ['encoder', 'crossCache', 'step'] as const;
  const graphs = kinds.map((kind) => model.inference[kind](adapter));
  const sessions = graphs.map(
    (graph) =>
      SESSION_SIDE_BYTES +
      sessionFootprint([graph], { threads, storageOf }) +
      graph.nodes.length * GRAPH_VALUE_BYTES,
  );
  const longest = { size: 1, source: model.positions, target: model.positions };
  const peak =
    RUNTIME_BYTES +
    sum(sessions) +
    TOKENIZER_FACTOR * tokenizerBytes +
    FLOAT_BYTES * parameters +
    generationMemory(question, longest);
  const weights = sum([...question.weights.values()].map(({ length }) => length));
  const reading = Math.min((threads + 1) * readAhead, weights);
  const margin = Math.max(MARGIN_BYTES, MARGIN * peak);
  return {
    peak_bytes: Math.round(peak),
    least_bytes: Math.round(peak + margin + workingFileBytes(reading)),
    weights_bytes: weights,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

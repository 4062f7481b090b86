/**
 * @file What a model takes to answer: examples scored with their targets given, then answered token by
 * token with a key-value cache. The most that is alive at once, sessions at work included.
 */
import { dimOf, type Graph, type SymbolBindings } from '#grad';
import type { AdapterSpec, Model } from '#models';
import type { Plan } from '#protocol';
import { sessionMemory } from './session-memory.ts';
import type { Subject } from './step-memory.ts';

export interface AnsweringSubject extends Pick<Subject, 'storageOf'> {
  readonly model: Model;
  readonly adapter: AdapterSpec | null;
}

/** Examples that are answered together, padded to the longest of them. */
export interface AnsweringBatch {
  readonly size: number;
  readonly source: number;
  readonly target: number;
}

/** Bytes; what lives on between batches, sessions and parameters, is not among them. */
export function answeringMemory(
  { model, adapter, storageOf }: AnsweringSubject,
  { size, source, target }: AnsweringBatch,
  { lossChunk }: Pick<Plan, 'lossChunk'>,
): number {
  const virtualTokens = adapter?.kind === 'soft-prompt' ? adapter.virtualTokens : 0;
  const S = source + virtualTokens;
  const N = Math.min(lossChunk, size * target);
  const lengths = { B: size, I: source, S, T: target, N, P: target - 1, K: target };
  const graphOf = (kind: 'encoder' | 'decoder' | 'logits' | 'crossCache' | 'step') =>
    model.inference[kind](adapter);
  const [encoder, decoder, logits] = [graphOf('encoder'), graphOf('decoder'), graphOf('logits')];
  const [crossCache, step] = [graphOf('crossCache'), graphOf('step')];
  const run = (graph: Graph) =>
    outputBytes(graph, lengths) + sessionMemory(graph, lengths, { storageOf }).peakBytes;
  const encoded = outputBytes(encoder, lengths);
  const decoded = outputBytes(decoder, lengths);
  return Math.max(
    run(encoder),
    encoded + run(decoder),
    encoded + decoded + run(logits),
    encoded + run(crossCache),
    // What a step makes is, but for its logits, the cache that the next one takes.
    encoded + outputBytes(crossCache, lengths) + outputBytes(step, lengths) + run(step),
  );
}

function outputBytes({ outputs }: Graph, lengths: SymbolBindings): number {
  return Object.values(outputs).reduce(
    (sum, { shape }) =>
      sum + FLOAT_BYTES * shape.reduce<number>((count, dim) => count * dimOf(dim, lengths), 1),
    0,
  );
}

const FLOAT_BYTES = 4;

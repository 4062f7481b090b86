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
  subject: AnsweringSubject,
  batch: AnsweringBatch,
  { lossChunk }: Pick<Plan, 'lossChunk'>,
): number {
  const takes = memoryOf(subject, batch, Math.min(lossChunk, batch.size * batch.target));
  const [encoder, decoder, logits] = [takes('encoder'), takes('decoder'), takes('logits')];
  return Math.max(
    encoder.outputs + decoder.run,
    encoder.outputs + decoder.outputs + logits.run,
    generation(encoder, takes),
  );
}

/** The same for answers alone, without the loss. */
export function generationMemory(subject: AnsweringSubject, batch: AnsweringBatch): number {
  const takes = memoryOf(subject, batch, batch.size);
  return generation(takes('encoder'), takes);
}

function generation(encoder: GraphMemory, takes: (kind: Kind) => GraphMemory): number {
  const [crossCache, step] = [takes('crossCache'), takes('step')];
  return Math.max(
    encoder.run,
    encoder.outputs + crossCache.run,
    // What a step makes is, but for its logits, the cache that the next one takes.
    encoder.outputs + crossCache.outputs + step.outputs + step.run,
  );
}

type Kind = 'encoder' | 'decoder' | 'logits' | 'crossCache' | 'step';

interface GraphMemory {
  readonly outputs: number;
  /** the most while it runs, its outputs among it */
  readonly run: number;
}

function memoryOf(
  { model, adapter, storageOf }: AnsweringSubject,
  { size, source, target }: AnsweringBatch,
  N: number,
): (kind: Kind) => GraphMemory {
  const virtualTokens = adapter?.kind === 'soft-prompt' ? adapter.virtualTokens : 0;
  const S = source + virtualTokens;
  const lengths = { B: size, I: source, S, T: target, N, P: target - 1, K: target };
  return (kind) => {
    const graph = model.inference[kind](adapter);
    const outputs = outputBytes(graph, lengths);
    return { outputs, run: outputs + sessionMemory(graph, lengths, { storageOf }).peakBytes };
  };
}

function outputBytes({ outputs }: Graph, lengths: SymbolBindings): number {
  return Object.values(outputs).reduce(
    (sum, { shape }) =>
      sum + FLOAT_BYTES * shape.reduce<number>((count, dim) => count * dimOf(dim, lengths), 1),
    0,
  );
}

const FLOAT_BYTES = 4;

/**
 * @file How long a step takes under a plan, from what its graphs multiply, convert and read again. For
 * comparison with other plans only.
 */
import { storedBytes } from '#base';
import type { Graph } from '#grad';
import type { Model } from '#models';
import type { Plan, RunSpec } from '#protocol';
import type { TrainingSegment } from './derive-segments.ts';
import { mappedBytes } from './mapped-weights.ts';
import { isRecomputed, sliceLength } from './schedule.ts';
import type { BatchShape, StepMemory, Subject } from './step-memory.ts';
import { bytesReadAgain, productFlops, secondsOf } from './work.ts';

export interface StepPlace {
  readonly model: Pick<Model, 'heads'>;
  readonly hyperparameters: RunSpec['hyperparameters'];
  /** bytes of weights that can stay in memory while the step takes most */
  readonly fileRoom: number;
}

/** Seconds of the step of `batchSize` x accumulation examples, all as long as those of `step`. */
export function stepSeconds(
  subject: Subject,
  plan: Plan,
  step: StepMemory,
  { model, hyperparameters: h, fileRoom }: StepPlace,
): number {
  const { segments, head } = subject.graphs;
  const { batch } = step;
  const lengths = { ...lengthsOf(batch), H: model.heads };
  const chunks = Math.ceil(batch.positions / plan.lossChunk);
  const blocks = { weightBytes: 0, bytes: 0 };
  let flops = 0;
  let converted = 2 * chunks * bytesConverted(subject, head);
  for (const segment of segments) {
    const { group, forward, backward } = segment;
    const again = backward && isRecomputed(plan.recompute, group);
    flops += productFlops(forward, lengths) * (again ? 2 : 1);
    if (!backward) continue;
    flops += productFlops(backward, lengths);
    const weightBytes = mappedBytes(subject, forward);
    const uses = again ? 3 : 2;
    blocks.weightBytes += weightBytes;
    blocks.bytes += weightBytes * uses;
    converted += bytesConverted(subject, forward) * uses * slicesOf(segment, plan, lengths);
  }
  const headBytes = mappedBytes(subject, head);
  const read = bytesReadAgain({ blocks, headBytes, chunks, room: fileRoom });
  const traffic = step.moments.reduce((sum, { session }) => sum + session, 0);
  const times = (h.batchSize * h.gradientAccumulationSteps) / batch.size;
  return secondsOf(
    {
      flops: flops * times,
      headFlops: productFlops(head, { ...lengths, N: batch.positions }) * times,
      headRows: Math.min(plan.lossChunk, batch.positions),
      freshBytes: plan.mmapThreshold > 2 ** 20 ? 0 : 3 * traffic * times,
      readBytes: read * times,
      convertedBytes: converted * times,
    },
    plan.threads,
  );
}

/** What the weights that are stored in fewer bits take as float32, which each product makes of them. */
function bytesConverted({ storageOf }: Subject, graph: Graph): number {
  return graph.weights
    .filter(({ params }) => storageOf(params.name) !== 'f32')
    .reduce((sum, { params }) => sum + storedBytes(params.shape, 'f32'), 0);
}

/** How often a segment runs for one pass: once, or slice by slice. */
function slicesOf(
  segment: TrainingSegment,
  plan: Plan,
  lengths: Readonly<Record<string, number>>,
): number {
  const length = sliceLength(segment, plan);
  return length === null ? 1 : Math.ceil((lengths[segment.sliceable!] ?? 1) / length);
}

function lengthsOf({ feeds, size }: BatchShape): Record<string, number> {
  const source = feeds['source.ids']?.[1] ?? 1;
  const whole = feeds['source.mask']?.at(-1) ?? source;
  const target = feeds['target.ids']?.[1] ?? 1;
  return { B: size, I: source, S: whole, T: target, R: Math.max(whole, target) };
}

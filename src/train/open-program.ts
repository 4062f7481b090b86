/** @file The sessions of a training step: a model's graphs for a method, over a base in some precision. */
import type { OpenedBase } from '#models';
import { trainingGraphs } from '#plan';
import type { Plan } from '#protocol';
import type { StoredTensor } from '#weights';
import type { BufferPool } from './buffer-pool.ts';
import type { TrainedPart } from './method.ts';
import { TrainingProgram } from './training-program.ts';
import { bindWeights } from './weight-binding.ts';

export interface ProgramParts {
  readonly model: OpenedBase['model'];
  /** where the weights that are not trained lie */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly part: TrainedPart;
  /** the base model's own */
  readonly dropout: number;
  readonly plan: Plan;
  /** where values wait under a plan that spills them */
  readonly spillFolder: string;
  /** of the programs before this one; none of its tensors is in use */
  readonly pool?: BufferPool;
}

/** The caller closes it. */
export async function openProgram(parts: ProgramParts): Promise<TrainingProgram> {
  const { model, part, plan, dropout, tensors, ...places } = parts;
  const { adapter, parameters } = part;
  const graphs = trainingGraphs(model, {
    adapter,
    dropout,
    trainable: (name) => parameters.has(name),
    parts: plan.headsAtOnce !== null || plan.rowsAtOnce !== null,
  });
  const bind = bindWeights(tensors, parameters);
  const { headInput } = model;
  return await TrainingProgram.open({ graphs, headInput, plan, parameters, bind, ...places });
}

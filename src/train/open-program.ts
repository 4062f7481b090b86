/** @file The sessions of a training step: a model's graphs for a method, over a base in some precision. */
import type { OpenedBase } from '#models';
import { bytesBeingRead, readAheadOf, type TrainingGraphs, trainingGraphs } from '#plan';
import type { Plan } from '#protocol';
import type { StoredTensor } from '#weights';
import type { BufferPool } from './buffer-pool.ts';
import { MemoryGuard, type Room } from './memory-guard.ts';
import type { TrainedPart } from './method.ts';
import { TrainingProgram } from './training-program.ts';
import { bindWeights, storagesOf } from './weight-binding.ts';

export interface ProgramParts {
  /** of another program for the same model and method, in whatever precision; absent: derived */
  readonly graphs?: TrainingGraphs;
  readonly model: OpenedBase['model'];
  /** where the weights that are not trained lie */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly part: TrainedPart;
  /** the base model's own */
  readonly dropout: number;
  readonly plan: Plan;
  /** where values wait under a plan that spills them */
  readonly spillFolder: string;
  /** true: each session is open only while it runs, which is slow and takes least */
  readonly passing?: boolean;
  /** of the programs before this one; none of its tensors is in use */
  readonly pool?: BufferPool;
  /** what limits leave to this process; absent: nobody watches */
  readonly room?: () => Room;
  /** Called when memory was short and the program goes on under another plan. */
  readonly onAdapt?: (plan: Plan) => void;
}

/** The caller closes it. */
export async function openProgram(parts: ProgramParts): Promise<TrainingProgram> {
  const { model, part, plan, tensors, room, ...places } = parts;
  const { parameters } = part;
  const graphs = parts.graphs ?? programGraphs(parts);
  const bind = bindWeights(tensors, parameters);
  const { headInput } = model;
  const trainable = (name: string) => parameters.has(name);
  const subject = { graphs, headInput, trainable, storageOf: storagesOf(tensors, parameters) };
  const beingRead = bytesBeingRead(subject, plan, readAheadOf(tensors));
  const left = room && ((): Room => lessBytes(room(), beingRead));
  const guard = left && { guard: new MemoryGuard(subject, left) };
  return await TrainingProgram.open({
    ...places,
    ...guard,
    graphs,
    headInput,
    plan,
    parameters,
    bind,
  });
}

function lessBytes(room: Room, bytes: number): Room {
  return { ...room, bytes: room.bytes - bytes };
}

/** The graphs of a step, which no precision changes. */
export function programGraphs({ model, part, plan, dropout }: ProgramParts): TrainingGraphs {
  const { adapter, parameters } = part;
  return trainingGraphs(model, {
    adapter,
    dropout,
    trainable: (name) => parameters.has(name),
    plan,
  });
}

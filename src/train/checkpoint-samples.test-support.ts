/** @file A spec and tensors for tests of checkpoints. */
import { type RunSpec, type RunSpecInput, runSpecSchema } from '#protocol';
import { bytesOf } from './checkpoint-digest.ts';
import { type CheckpointTensors, tensorEntries } from './checkpoint-tensors.ts';
import { type AdamWState, createMoment } from './optimizer.ts';

export function sampleSpec(change: Partial<RunSpecInput> = {}): RunSpec {
  return runSpecSchema.parse({
    baseModel: { ref: 'base', fingerprint: 'w1' },
    data: { files: ['home.jsonl'], fingerprint: 'd1' },
    method: { kind: 'lora' },
    ...change,
  });
}

interface FloatTensors extends CheckpointTensors {
  readonly optimizer: {
    steps: number;
    readonly m: ReadonlyMap<string, Float32Array>;
    readonly v: ReadonlyMap<string, Float32Array>;
  };
}

/** Two tensors, zero, the first of `elements` rows of one; and their moments. */
export function sampleTensors(elements = 6): FloatTensors {
  const shapes = new Map([
    ['block.0.lora_A.weight', [elements, 1]],
    ['block.0.lora_B.weight', [2, 3]],
  ]);
  const zeros = () =>
    [...shapes].map(
      ([name, shape]) => [name, new Float32Array(shape.reduce((a, b) => a * b))] as const,
    );
  return {
    parameters: new Map(
      zeros().map(([name, data]) => [name, { shape: shapes.get(name) ?? [], data }]),
    ),
    optimizer: { steps: 0, m: new Map(zeros()), v: new Map(zeros()) },
  };
}

/** The same with moments of 8 bits, where the first tensor is large enough. */
export function sampleTensors8(elements: number): CheckpointTensors & { optimizer: AdamWState } {
  const { parameters } = sampleTensors(elements);
  const moments = () =>
    new Map([...parameters].map(([name, { data }]) => [name, createMoment(data.length, '8bit')]));
  return { parameters, optimizer: { steps: 0, m: moments(), v: moments() } };
}

/** All numbers of `tensors`, as their bytes, to compare exactly. */
export function bitsOf(tensors: CheckpointTensors): number[] {
  return tensorEntries(tensors).flatMap(({ data }) => [...bytesOf(data)]);
}

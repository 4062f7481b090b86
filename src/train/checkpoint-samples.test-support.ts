/** @file A spec and tensors for tests of checkpoints. */
import { type RunSpec, type RunSpecInput, runSpecSchema } from '#protocol';
import type { CheckpointTensors } from './checkpoint-tensors.ts';
import type { AdamWState } from './optimizer.ts';

export function sampleSpec(change: Partial<RunSpecInput> = {}): RunSpec {
  return runSpecSchema.parse({
    baseModel: { ref: 'base', fingerprint: 'w1' },
    data: { files: ['home.jsonl'], fingerprint: 'd1' },
    method: { kind: 'lora' },
    ...change,
  });
}

/** Two tensors, zero, the first of `elements` rows of one; and their moments. */
export function sampleTensors(elements = 6): CheckpointTensors & { optimizer: AdamWState } {
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

/** All numbers of `tensors`, as their bits, to compare exactly. */
export function bitsOf({ parameters, optimizer }: CheckpointTensors): number[] {
  const arrays = [
    ...[...parameters.values()].map(({ data }) => data),
    ...(optimizer?.m.values() ?? []),
    ...(optimizer?.v.values() ?? []),
  ];
  return arrays.flatMap((data) => [...new Uint32Array(data.buffer)]);
}

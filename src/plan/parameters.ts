/** @file Sizes of what is trained, and of what the optimizer keeps for it. */
import { adapterShapes } from '#models';
import type { PlanQuestion } from './question.ts';

/** Names and shapes of the trained tensors. */
export function trainedShapes({
  model,
  adapter,
}: Pick<PlanQuestion, 'model' | 'adapter'>): ReadonlyMap<string, readonly number[]> {
  if (adapter) return adapterShapes(model, adapter);
  return new Map([...model.tensors].map(([name, { shape }]) => [name, shape]));
}

/** Bytes of parameters, their gradients, and AdamW's two moments, all in float32. */
export function trainedBytes(shapes: Iterable<readonly number[]>): number {
  let count = 0;
  for (const shape of shapes) count += shape.reduce((a, b) => a * b, 1);
  return 4 * FLOAT * count;
}

const FLOAT = 4;

/** @file A micro-batch as a training program takes it: its examples, what counts of them, its dropout. */
import type { Seq2SeqBatch } from '#models';
import type { BatchShape } from '#plan';
import type { MaskKeys } from './dropout-masks.ts';

export interface MicroBatch {
  readonly batch: Seq2SeqBatch;
  /** (B*T) what each target position's loss is multiplied by; 0 where it does not count */
  readonly weights: Float32Array;
  readonly masks: MaskKeys;
}

export function shapeOfBatch({ batch, weights }: MicroBatch): BatchShape {
  const { feeds, size, sourceLength, targetLength } = batch;
  return {
    size,
    feeds: Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape])),
    positions: positionsThatCount(weights).length,
    tokens: size * (sourceLength + targetLength),
  };
}

/** Their rows in (B*T). */
export function positionsThatCount(weights: Float32Array): Uint32Array {
  const rows = new Uint32Array(weights.length);
  let count = 0;
  weights.forEach((weight, row) => {
    if (weight !== 0) rows[count++] = row;
  });
  return rows.subarray(0, count);
}

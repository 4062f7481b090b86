/** @file Batches and answers as the reference pads them, without their padding: ours are padded anew. */
import type { TokenExample } from '#models';

export interface RecordedBatch {
  readonly input_ids: readonly (readonly number[])[];
  readonly attention_mask: readonly (readonly number[])[];
  readonly labels: readonly (readonly number[])[];
}

export function examplesOf(batch: RecordedBatch): TokenExample[] {
  return batch.input_ids.map((ids, row) => ({
    source: ids.filter((_, i) => batch.attention_mask[row]?.[i] === 1),
    target: (batch.labels[row] ?? []).filter((label) => label >= 0),
  }));
}

/** transformers' generate() begins with the start token and pads behind the end token. */
export function answerOf(generated: readonly number[], eosId: number): readonly number[] {
  const ids = generated.slice(1);
  const end = ids.indexOf(eosId);
  return end === -1 ? ids : ids.slice(0, end);
}

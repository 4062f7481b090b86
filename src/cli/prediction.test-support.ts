/** @file A prediction made by hand: two blocks, forward and back, under a limit of 100 MiB. */
import { planSchema, type Prediction } from '#protocol';

const MIB = 2 ** 20;

/** Sizes in MiB. */
const STEP: readonly (readonly [label: string, values: number, session: number])[] = [
  ['forward encoder.block.0', 8, 4],
  ['forward encoder.block.1', 16, 4],
  ['head', 20, 16],
  ['backward encoder.block.1', 20, 8],
  ['backward encoder.block.0', 8, 8],
];
const STANDING = 40;

export function predictionOf(changes: Partial<Prediction> = {}): Prediction {
  const plan = planSchema.parse({ microBatch: 2, precision: 'bf16' });
  return {
    answer: 'fits-with-this-plan',
    fits: true,
    predicted_peak_bytes: 76 * MIB,
    interval_bytes: [70 * MIB, 90 * MIB],
    limit_bytes: 100 * MIB,
    limit_from: '--memory',
    baseline_bytes: 0,
    smallest_limit_bytes: 64 * MIB,
    plan,
    items: [
      { name: 'runtime', bytes: 33 * MIB, reclaimable: false, note: 'Node and the rest' },
      { name: 'tokenizer', bytes: 7 * MIB, reclaimable: false, note: '' },
      { name: 'base weights', bytes: 150 * MIB, reclaimable: true, note: 'bf16, mapped' },
      { name: 'activations kept', bytes: 20 * MIB, reclaimable: false, note: '' },
      { name: 'loss chunk', bytes: 16 * MIB, reclaimable: false, note: '64 positions at once' },
      { name: 'allocator', bytes: 0, reclaimable: false, note: '' },
    ],
    step: STEP.map(([label, values, session]) => ({
      label,
      bytes: (STANDING + values + session) * MIB,
      values_bytes: values * MIB,
      session_bytes: session * MIB,
    })),
    alternatives: [
      {
        change: 'recompute all',
        plan: { ...plan, recompute: 'all' },
        predicted_peak_bytes: 60 * MIB,
        smallest_limit_bytes: 70 * MIB,
        relative_time: 1.254,
      },
    ],
    ...changes,
  };
}

/**
 * @file T5's relative position buckets: near distances have a bucket each, far ones share
 * logarithmically wider ones (transformers' T5Attention._relative_position_bucket).
 */

export interface BucketOptions {
  readonly buckets: number;
  readonly maxDistance: number;
  /** the encoder looks both ways and halves its buckets between them */
  readonly bidirectional: boolean;
}

/** Buckets of key position minus query position, row by row: (queries, keys). */
export function relativeBuckets(
  queries: { readonly from: number; readonly count: number },
  keys: number,
  options: BucketOptions,
): Int32Array {
  const out = new Int32Array(queries.count * keys);
  // A bucket depends on the difference alone, so each difference is computed once.
  const lowest = -(queries.from + queries.count - 1);
  const table = new Int32Array(keys - lowest);
  for (let i = 0; i < table.length; i++) table[i] = bucketOf(lowest + i, options);
  for (let q = 0; q < queries.count; q++) {
    const first = -(queries.from + q) - lowest;
    out.set(table.subarray(first, first + keys), q * keys);
  }
  return out;
}

function bucketOf(relative: number, options: BucketOptions): number {
  const { bidirectional, maxDistance } = options;
  const buckets = bidirectional ? Math.floor(options.buckets / 2) : options.buckets;
  const offset = bidirectional && relative > 0 ? buckets : 0;
  const distance = bidirectional ? Math.abs(relative) : Math.max(-relative, 0);
  const exact = Math.floor(buckets / 2);
  if (distance < exact) return offset + distance;
  // In float32, as the reference computes it: distances at a bucket's edge must fall as there.
  const scaled =
    Math.fround(
      Math.fround(Math.log(Math.fround(distance / exact))) /
        Math.fround(Math.log(maxDistance / exact)),
    ) *
    (buckets - exact);
  return offset + Math.min(exact + Math.trunc(Math.fround(scaled)), buckets - 1);
}

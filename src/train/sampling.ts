/** @file Choosing the next token from logits: the best, or by chance with temperature, top-k, top-p. */
import { STREAM, uniform } from '#base';

export interface Sampling {
  /** above 0; below 1 sharpens, above 1 flattens */
  readonly temperature: number;
  /** only the k best tokens; 0: all */
  readonly topK: number;
  /** only the best tokens that together reach this probability (Holtzman et al. 2020); 1: all */
  readonly topP: number;
  readonly seed: number;
}

/** The first of the largest scores. */
export function argmax(scores: Float32Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) {
    if (scores[i]! > scores[best]!) best = i;
  }
  return best;
}

/** Draws a token; the number drawn depends on (seed, row, position) alone. */
export function sampleToken(
  scores: Float32Array,
  sampling: Sampling,
  row: number,
  position: number,
): number {
  const order = Array.from(scores.keys()).toSorted((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const kept = sampling.topK > 0 ? order.slice(0, sampling.topK) : order;
  const most = scores[kept[0] ?? 0] ?? 0;
  const weights = kept.map((token) =>
    Math.exp(((scores[token] ?? 0) - most) / sampling.temperature),
  );
  const nucleus = nucleusSize(weights, sampling.topP);
  const total = weights.slice(0, nucleus).reduce((a, b) => a + b, 0);
  let left = uniform(sampling.seed, STREAM.sampling, row, position) * total;
  for (let i = 0; i < nucleus; i++) {
    left -= weights[i] ?? 0;
    if (left < 0) return kept[i] ?? 0;
  }
  return kept[nucleus - 1] ?? 0;
}

/** How many of the sorted weights it takes to reach `topP` of their sum. */
function nucleusSize(weights: readonly number[], topP: number): number {
  const wanted = weights.reduce((a, b) => a + b, 0) * topP;
  let sum = 0;
  const at = weights.findIndex((weight) => (sum += weight) >= wanted);
  return at === -1 ? weights.length : at + 1;
}

/**
 * @file Seeded choices: the same seed makes the same corpus, on any machine.
 * sfc32 (Chris Doty-Humphrey, PractRand), seeded through splitmix32. Not for secrets.
 */

export interface Random {
  /** uniform in [0, 1) */
  unit(): number;
  /** integer in [0, limit) */
  below(limit: number): number;
  /** integer in [low, high], both included */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

export function seededRandom(seed: number): Random {
  const next = sfc32(seed);
  const unit = (): number => next() / 4294967296;
  const below = (limit: number): number => Math.floor(unit() * limit);
  return {
    unit,
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => unit() < probability,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('internal: a choice from an empty list');
      return item;
    },
  };
}

/** Picks by weight, which need not sum to 1. */
export function pickWeighted<T>(random: Random, rows: readonly (readonly [number, T])[]): T {
  let left = random.unit() * rows.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, item] of rows) {
    left -= weight;
    if (left < 0) return item;
  }
  return random.pick(rows)[1];
}

function sfc32(seed: number): () => number {
  let state = seed | 0;
  const split = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) | 0;
  };
  let [a, b, c, counter] = [split(), split(), split(), 1];
  const step = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let warmUp = 0; warmUp < 12; warmUp += 1) step();
  return step;
}

/** @file The mixture: how often each exercise comes, and the guarantee that no prompt comes twice. */
import { automationPair } from './automations.ts';
import { pairOf } from './dialects.ts';
import type { Pair } from './pairs.ts';
import { holdsForbidden } from './forbidden.ts';
import { homeQuestionPair } from './home-questions.ts';
import { paraphrasePair } from './paraphrases.ts';
import { pickWeighted, seededRandom, type Random } from './random.ts';
import { spokenRequest } from './requests.ts';
import { skillPair } from './skills.ts';
import { spanPair } from './spans.ts';
import { suggestionPair } from './suggestions.ts';

export interface MixOptions {
  readonly seed: number;
  readonly count: number;
  /** real pairs (snips), used as they are, in seeded order, again and again */
  readonly real: readonly Pair[];
  /** share of the examples that are real pairs */
  readonly realShare: number;
  readonly forbidden: ReadonlySet<string>;
}

const EXERCISES: readonly (readonly [number, (random: Random) => Pair])[] = [
  [66, (random) => pairOf(random, spokenRequest(random))],
  [7, suggestionPair],
  [9, automationPair],
  [5, paraphrasePair],
  [4, homeQuestionPair],
  [7, skillPair],
];

/** Deterministic for given options. Generated prompts are unique; real ones repeat. */
export function* mixture(options: MixOptions): Generator<Pair> {
  const random = seededRandom(options.seed);
  const real = repeated(options.real, random);
  const seen = new Set<string>();
  for (let made = 0; made < options.count;) {
    if (options.real.length > 0 && random.chance(options.realShare)) {
      const pair = real.next().value;
      if (pair === undefined || holdsForbidden(options.forbidden, pair)) continue;
      yield pair;
      made += 1;
      continue;
    }
    const pair = generated(random, options.real);
    if (pair === undefined || seen.has(pair.prompt) || holdsForbidden(options.forbidden, pair))
      continue;
    seen.add(pair.prompt);
    yield pair;
    made += 1;
  }
}

const SPAN_SHARE = 0.1;

function generated(random: Random, real: readonly Pair[]): Pair | undefined {
  if (!random.chance(SPAN_SHARE)) return pickWeighted(random, EXERCISES)(random);
  const pair =
    real.length > 0 && random.chance(0.35)
      ? random.pick(real)
      : pickWeighted(random, EXERCISES)(random);
  const both = `${pair.prompt} => ${pair.completion}`;
  return spanPair(random, random.pick([pair.prompt, pair.completion, both, both]));
}

/** Every pair once, in a new order each time round. */
function* repeated(pairs: readonly Pair[], random: Random): Generator<Pair, undefined> {
  for (;;) {
    const order = [...pairs];
    for (let at = order.length - 1; at > 0; at -= 1) {
      const other = random.below(at + 1);
      const [a, b] = [order[at], order[other]];
      if (a === undefined || b === undefined) throw new Error('internal: a shuffle left its list');
      order[at] = b;
      order[other] = a;
    }
    if (order.length === 0) return undefined;
    yield* order;
  }
}

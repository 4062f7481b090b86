/**
 * @file Span filling as T5 learns it (Raffel et al. 2020, 3.1.4): stretches of words leave the
 * text, a sentinel in their place; the answer is each sentinel with its words and a last sentinel.
 */
import type { Pair } from './pairs.ts';
import type { Random } from './random.ts';

/** A fifth of the words or so, in stretches of one to three; undefined if the text is too short. */
export function spanPair(random: Random, text: string): Pair | undefined {
  const words = text.split(' ');
  if (words.length < 4 || text.includes('<extra_id_')) return undefined;
  const wanted = Math.max(1, Math.round(words.length * (0.15 + 0.2 * random.unit())));
  const masked = Array.from({ length: words.length }, () => false);
  let left = wanted;
  while (left > 0) {
    const length = Math.min(left, random.between(1, 3));
    const start = random.below(words.length - length + 1);
    for (let at = start; at < start + length; at += 1) masked[at] = true;
    left -= length;
  }
  if (masked.every(Boolean)) return undefined;
  return written(words, masked);
}

function written(words: readonly string[], masked: readonly boolean[]): Pair {
  const prompt: string[] = [];
  const completion: string[] = [];
  let sentinel = 0;
  words.forEach((word, at) => {
    if (masked[at] !== true) prompt.push(word);
    else {
      if (masked[at - 1] !== true) {
        prompt.push(`<extra_id_${sentinel}>`);
        completion.push(`<extra_id_${sentinel}>`);
        sentinel += 1;
      }
      completion.push(word);
    }
  });
  return {
    prompt: prompt.join(' '),
    completion: [...completion, `<extra_id_${sentinel}>`].join(' '),
  };
}

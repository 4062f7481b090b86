/** @file The tokens of the words met so far: texts repeat their words, so most are worked out once. */

/** As the engine uses one. */
export interface WordCache {
  get(word: string): string[] | undefined;
  put(word: string, tokens: string[]): void;
  clear(): void;
}

/** About 1 MiB when all are there. */
const MOST_WORDS = 4096;
/** Characters; a longer one is no word that comes again. */
const LONGEST_WORD = 64;

/**
 * A cache that is emptied when it is full. It drops the seldom used words with the others, but one
 * that keeps them in the order of their use fills the heap: V8 (11.3) makes a Map from which entries
 * are taken all the time a new table again and again, and the old one holds on to it; as soon as one
 * of the chain is in the old generation, each next one follows, though none is in use. That was 0.6
 * KiB for each short example, up to the next full collection, 70 MiB later.
 */
export function createWordCache(): WordCache {
  let words = new Map<string, string[]>();
  return {
    get: (word) => words.get(word),
    put: (word, tokens) => {
      if (word.length > LONGEST_WORD) return;
      if (words.size === MOST_WORDS) words = new Map();
      words.set(copyOf(word), tokens);
    },
    clear: () => (words = new Map()),
  };
}

/** A string that was cut out of a text holds on to the whole text; this one is on its own. */
function copyOf(word: string): string {
  return Buffer.from(word, 'utf16le').toString('utf16le'); // keeps also half a surrogate pair
}

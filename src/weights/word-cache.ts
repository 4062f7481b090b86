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
 * A cache of the first words that come, which are also most of those that come often (Zipf's law).
 * None is ever taken out. That is slower where the data goes over to other words, but it leaves no
 * garbage: what a cache lets go has long been in the old generation, where it stays until a full
 * collection, tens of MiB later. Worse are caches that keep their words in the order of use (V8 11.3):
 * a Map from which entries are taken out is copied again and again, and each old copy holds the next,
 * which kept 0.6 KiB for each short example.
 */
export function createWordCache(): WordCache {
  const words = new Map<string, string[]>();
  return {
    get: (word) => words.get(word),
    put: (word, tokens) => {
      if (words.size < MOST_WORDS && word.length <= LONGEST_WORD) words.set(copyOf(word), tokens);
    },
    clear: () => words.clear(),
  };
}

/** A string that was cut out of a text holds on to the whole text; this one is on its own. */
function copyOf(word: string): string {
  return Buffer.from(word, 'utf16le').toString('utf16le'); // keeps also half a surrogate pair
}

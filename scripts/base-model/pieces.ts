/**
 * @file Byte-level BPE: which pieces of words become tokens. Text is cut into words (never joined
 * again), words into bytes, and the most frequent neighbours are merged, one pair after the other
 * (Sennrich et al. 2016; byte level as in GPT-2). Ties go to the pair whose bytes sort first, so
 * the result depends on the text alone.
 */

/**
 * How text is cut, for JavaScript and for Oniguruma alike: hence the explicit blanks in place of
 * \s, on whose members the two disagree. Unlike GPT-2's: a digit stands alone (numbers are copied
 * digit by digit) and a capital begins a word ("PowerOn" is "Power" and "On"), so that names of
 * unseen schemas fall into known words.
 */
export const WORD_PATTERN =
  "'(?:s|t|re|ve|m|ll|d)(?!\\p{L})| ?\\p{Lu}?\\p{Ll}+| ?\\p{Lu}+| ?[\\p{Lt}\\p{Lm}\\p{Lo}]+|\\p{N}" +
  '| ?[^ \\t\\r\\n\\p{L}\\p{N}]+|[ \\t\\r\\n]+(?![^ \\t\\r\\n])|[ \\t\\r\\n]+';

/** A piece as a string of bytes, one character (0 to 255) each. */
export type Piece = string;

/** A word that still changes: its pieces now, and how often it stands in the text. */
interface Word {
  pieces: Piece[];
  readonly count: number;
}

/** The merges in their order, at most `limit`. */
export function learnMerges(counts: ReadonlyMap<string, number>, limit: number): [Piece, Piece][] {
  const words: Word[] = [...counts].map(([text, count]) => ({
    pieces: bytesOf(text).split(''),
    count,
  }));
  const pairs = new PairCounts();
  for (const word of words) pairs.add(word, word.count);
  const merges: [Piece, Piece][] = [];
  while (merges.length < limit) {
    const best = pairs.best();
    if (best === undefined) break;
    merges.push(best);
    for (const word of pairs.wordsWith(best)) {
      pairs.add(word, -word.count);
      word.pieces = joined(word.pieces, best);
      pairs.add(word, word.count);
    }
  }
  return merges;
}

export function bytesOf(text: string): Piece {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function joined(pieces: readonly Piece[], [left, right]: readonly [Piece, Piece]): Piece[] {
  const result: Piece[] = [];
  for (let at = 0; at < pieces.length; at += 1) {
    const piece = pieces[at] ?? '';
    if (piece === left && pieces[at + 1] === right) {
      result.push(left + right);
      at += 1;
    } else result.push(piece);
  }
  return result;
}

class PairCounts {
  readonly #rows = new Map<string, { pair: [Piece, Piece]; count: number; words: Set<Word> }>();

  add(word: Word, by: number): void {
    for (let at = 0; at + 1 < word.pieces.length; at += 1) {
      const left = word.pieces[at] ?? '';
      const right = word.pieces[at + 1] ?? '';
      const key = `${left.length}:${left}${right}`;
      let row = this.#rows.get(key);
      if (row === undefined) {
        row = { pair: [left, right], count: 0, words: new Set() };
        this.#rows.set(key, row);
      }
      row.count += by;
      if (by > 0) row.words.add(word);
      if (row.count === 0) this.#rows.delete(key);
    }
  }

  /** The most frequent pair, seen at least twice. */
  best(): [Piece, Piece] | undefined {
    let top: { pair: [Piece, Piece]; count: number } | undefined;
    for (const row of this.#rows.values()) {
      if (row.count < 2) continue;
      if (
        top === undefined ||
        row.count > top.count ||
        (row.count === top.count && before(row.pair, top.pair))
      ) {
        top = row;
      }
    }
    return top?.pair;
  }

  wordsWith([left, right]: readonly [Piece, Piece]): Word[] {
    return [...(this.#rows.get(`${left.length}:${left}${right}`)?.words ?? [])];
  }
}

function before(a: readonly [Piece, Piece], b: readonly [Piece, Piece]): boolean {
  return a[0] === b[0] ? a[1] < b[1] : a[0] < b[0];
}

/**
 * @file The character map of SentencePiece tokenizers (T5 and others), applied exactly.
 *
 * @huggingface/tokenizers 0.2.0 replaces the map by rules of its own, which differ for a few characters
 * (U+200D, which joins emoji, U+0344, U+061C), and so gives other tokens than the model was trained on.
 *
 * The map: 4 bytes, the length of a trie; the trie, a double array (Darts-clone) of 32-bit units;
 * the replacements, UTF-8 texts that end in a zero byte. A key's value is where its replacement begins.
 * Like the reference, a lookup takes the shortest key that the text begins with, tries a grapheme of
 * less than 6 bytes as a whole and otherwise each of its characters.
 * Source: `Precompiled` in tokenizers 0.23 (normalizers/precompiled.rs) and the crate spm_precompiled.
 */

/** Longer graphemes are taken apart; the number is the reference's. */
const MAX_GRAPHEME_BYTES = 5;

/**
 * The function that maps a text, from the map as tokenizer.json has it (base64).
 *
 * @throws Error for a map that is cut short or leads outside itself
 */
export function precompiledCharsmap(base64: string): (text: string) => string {
  const bytes = Buffer.from(base64, 'base64');
  const trieBytes = bytes.length < 4 ? -1 : bytes.readUInt32LE(0);
  if (trieBytes < 4 || trieBytes % 4 !== 0 || 4 + trieBytes > bytes.length) {
    throw new Error(`a precompiled_charsmap of ${bytes.length} bytes with a trie of ${trieBytes}`);
  }
  const trie = new Uint32Array(trieBytes / 4).map((_, i) => bytes.readUInt32LE(4 + 4 * i));
  const replacements = bytes.subarray(4 + trieBytes);
  const replacementOf = (piece: string): string | undefined => {
    const start = firstMatch(trie, Buffer.from(piece));
    if (start === undefined) return undefined;
    const end = replacements.indexOf(0, start);
    return replacements.toString('utf8', start, end === -1 ? replacements.length : end);
  };
  return (text) => normalize(text, replacementOf);
}

function normalize(text: string, replacementOf: (piece: string) => string | undefined): string {
  let result = '';
  for (const grapheme of graphemesOf(text)) {
    const short = Buffer.byteLength(grapheme) <= MAX_GRAPHEME_BYTES;
    const whole = short ? replacementOf(grapheme) : undefined;
    if (whole !== undefined) {
      result += whole;
      continue;
    }
    for (const character of grapheme) result += replacementOf(character) ?? character;
  }
  return result;
}

const SEGMENTER = new Intl.Segmenter('und', { granularity: 'grapheme' });
/** Characters segmented at a time: the segmenter's time grows with the square of its text (Node 20). */
const WINDOW = 256;

/** The graphemes of `text`. The last one of a window may go on behind it, so it begins the next. */
function* graphemesOf(text: string): Generator<string> {
  let start = 0;
  let length = WINDOW;
  while (start < text.length) {
    const window = text.slice(start, start + length);
    const found = Array.from(SEGMENTER.segment(window), ({ segment }) => segment);
    const whole = start + length >= text.length ? found : found.slice(0, -1);
    yield* whole;
    start += whole.reduce((sum, grapheme) => sum + grapheme.length, 0);
    length = whole.length === 0 ? length * 2 : WINDOW;
  }
}

/**
 * The value of the shortest key that `text` begins with. A unit holds, from the top: 22 bits of
 * offset, whether that counts in 256s, whether a key ends here, and the label; or, behind such an
 * end, a value of 31 bits.
 */
function firstMatch(trie: Uint32Array, text: Uint8Array): number | undefined {
  let at = offsetOf(unitAt(trie, 0));
  for (const byte of text) {
    if (byte === 0) return undefined;
    at ^= byte;
    const unit = unitAt(trie, at);
    if ((unit & 0x800000ff) !== byte) return undefined;
    at ^= offsetOf(unit);
    if ((unit >>> 8) & 1) return unitAt(trie, at) & 0x7fffffff;
  }
  return undefined;
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function unitAt(trie: Uint32Array, index: number): number {
  const unit = trie[index];
  if (unit === undefined) throw new Error('a precompiled_charsmap whose trie leads outside itself');
  return unit;
}

/** @file The first examples as a model gets them, and a count of all that a run would read. */
import { type Encoder, truncate } from './build-token-cache.ts';
import type { Example, ExampleCounts, ExampleReader } from './example.ts';

export interface PreviewOptions {
  readonly sourceMaxTokens: number;
  readonly targetMaxTokens: number;
  /** so many examples are shown; the others are counted */
  readonly first: number;
}

export interface PreviewedText {
  /** back from its tokens; of a very long one the beginning */
  readonly text: string;
  readonly tokens: number;
  /** whether some of it is beyond the longest that is allowed */
  readonly cut: boolean;
}

export interface Previewed extends ExampleCounts {
  readonly examples: number;
  readonly first: readonly { readonly source: PreviewedText; readonly target: PreviewedText }[];
}

interface Tokenizer extends Encoder {
  decode(ids: readonly number[], options: { skipSpecial: boolean }): string;
}

/** Characters of a text that are shown: more than a screen. */
const MOST_SHOWN = 4000;

/** @throws PlimsollError what the reader throws */
export async function previewExamples(
  reader: ExampleReader,
  tokenizer: Tokenizer,
  { sourceMaxTokens, targetMaxTokens, first: most }: PreviewOptions,
): Promise<Previewed> {
  const previewed = (text: string, limit: number): PreviewedText => {
    const ids = tokenizer.encode(text);
    const cut = truncate(ids, limit, tokenizer.eosId);
    const back = tokenizer.decode(ids, { skipSpecial: true });
    return { text: back.slice(0, MOST_SHOWN), tokens: ids.length, cut };
  };
  const shown: Example[] = [];
  let examples = 0;
  for await (const example of reader) {
    examples++;
    if (shown.length < most) shown.push(example);
  }
  const { read, skipped } = reader.counts;
  const first = shown.map(({ source, target }) => ({
    source: previewed(source, sourceMaxTokens),
    target: previewed(target, targetMaxTokens),
  }));
  return { read, skipped, examples, first };
}

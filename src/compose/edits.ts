/** @file Changes of a text by places in it. Pure. */

export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Places are those of the text as it was. */
export function edited(text: string, edits: readonly Edit[]): string {
  const later = edits.toSorted((a, b) => b.from - a.from);
  return later.reduce(
    (now, { from, to, text: by }) => now.slice(0, from) + by + now.slice(to),
    text,
  );
}

/** @file Colour, sparingly, and only where it will be seen: a terminal, and no NO_COLOR. */
import { bold, dim, green, red, yellow } from 'yoctocolors';

export type Paint = Readonly<
  Record<'bold' | 'dim' | 'green' | 'red' | 'yellow', (text: string) => string>
>;

const same = (text: string): string => text;

export const PLAIN: Paint = { bold: same, dim: same, green: same, red: same, yellow: same };

/** The library looks at NO_COLOR and the kind of terminal, but not at whether the stream is one. */
export function paintFor(stream: { readonly isTTY?: boolean }): Paint {
  return stream.isTTY ? { bold, dim, green, red, yellow } : PLAIN;
}

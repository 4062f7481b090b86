/** @file How much of an answer is settled while its tokens still come, and where a stop text ends it. Pure. */

export interface SettledText {
  /** what no later token changes any more */
  readonly text: string;
  /** a stop text has come: the text before it is all */
  readonly stopped: boolean;
}

/**
 * @param text of all tokens so far @param stops none of them empty
 * @param whole no more tokens come
 */
export function settledText(text: string, stops: readonly string[], whole: boolean): SettledText {
  const at = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
  if (at.length > 0) return { text: text.slice(0, Math.min(...at)), stopped: true };
  if (whole) return { text, stopped: false };
  const held = Math.max(begunStop(text, stops), unsettled(text));
  return { text: text.slice(0, text.length - held), stopped: false };
}

/** Characters at the end that may be the beginning of a stop text. */
function begunStop(text: string, stops: readonly string[]): number {
  const longest = Math.max(0, ...stops.map((stop) => stop.length - 1));
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const end = text.slice(text.length - length);
    if (stops.some((stop) => stop.startsWith(end))) return length;
  }
  return 0;
}

/**
 * Characters at the end that the next tokens may change: part of a character in UTF-8, which reads as U+FFFD; and
 * behind a space up to two, since some tokenizers take spaces away again (`do n't` becomes `don't`).
 */
function unsettled(text: string): number {
  return /(?:\s+\S{0,2}|\uFFFD+)$/u.exec(text)?.[0].length ?? 0;
}

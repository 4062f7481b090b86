/** @file Foreign text inside a message: short, on one line, and with nothing invisible in it. */

/** Enough to recognise a line by; a message should fit a screen. */
const MAX_SHOWN = 80;

/** `{"a":1}` -> `'{"a":1}'`; long text is cut, control and invisible characters become \u escapes. */
export function shown(text: string): string {
  const cut = text.length > MAX_SHOWN;
  const plain = (cut ? text.slice(0, MAX_SHOWN) : text).replace(INVISIBLE, escaped);
  return cut ? `'${plain}...' (${text.length} characters)` : `'${plain}'`;
}

/** Control characters, zero-width and direction marks, line separators, the byte order mark. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

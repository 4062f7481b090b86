/**
 * @file What a terminal shows in the end, of all that a program wrote to it: as much of a terminal as
 * Plimsoll and npx use. Every character is one cell wide; a sequence that is not known is an error.
 */

export interface Style {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly colour: Colour | null;
}

export type Colour = 'red' | 'green' | 'yellow';

/** Neighbouring cells of one style. */
export interface Span {
  readonly column: number;
  readonly text: string;
  readonly style: Style;
}

interface Cell {
  readonly text: string;
  readonly style: Style;
}

/** Rows from the first to the last that has something on it. Nothing scrolls away. */
export function screenOf(written: string, columns: number): readonly (readonly Span[])[] {
  const rows: Cell[][] = [];
  let [row, column, style] = [0, 0, PLAIN];
  for (const [token, given = '', kind] of written.matchAll(TOKENS)) {
    if (kind !== undefined) {
      const number = Number(given || 1);
      const line = rows[row];
      if (kind === 'm') style = styleAfter(style, given);
      else if (kind === 'A') row = Math.max(0, row - number);
      else if (kind === 'G') column = number - 1;
      else if (kind === 'K' && given === '2') line?.splice(0);
      else if (kind === 'K' && Number(given) === 0) line?.splice(column);
      else if (!INVISIBLE.has(given + kind)) throw unknown(token);
    } else if (token === '\r') column = 0;
    else if (token === '\n') row++;
    else if (token < ' ') throw unknown(token);
    else {
      if (column === columns) [row, column] = [row + 1, 0];
      const line = (rows[row] ??= []);
      while (line.length < column) line.push({ text: ' ', style: PLAIN });
      line[column++] = { text: token, style };
    }
  }
  const all = Array.from(rows, (cells) => spansOf(cells ?? []));
  return all.slice(0, all.findLastIndex((spans) => spans.length > 0) + 1);
}

const ESCAPE = '\x1b';
const TOKENS = new RegExp(String.raw`${ESCAPE}\[(\??[\d;]*)([A-Za-z])|[^]`, 'gu');

const PLAIN: Style = { bold: false, dim: false, colour: null };

/** Begin and end of an update that is to be seen at once; the cursor shown and hidden. */
const INVISIBLE: ReadonlySet<string> = new Set(['?2026h', '?2026l', '?25h', '?25l']);

function styleAfter(style: Style, codes: string): Style {
  return codes.split(';').reduce((before, code) => {
    const change = STYLES[code || '0'];
    if (!change) throw unknown(`${ESCAPE}[${code}m`);
    return { ...before, ...change };
  }, style);
}

const STYLES: Readonly<Record<string, Partial<Style>>> = {
  0: PLAIN,
  1: { bold: true },
  2: { dim: true },
  22: { bold: false, dim: false },
  31: { colour: 'red' },
  32: { colour: 'green' },
  33: { colour: 'yellow' },
  39: { colour: null },
};

function spansOf(cells: readonly Cell[]): readonly Span[] {
  const shown = cells.slice(0, cells.findLastIndex(({ text }) => text !== ' ') + 1);
  const spans: Span[] = [];
  for (const [column, { text, style }] of shown.entries()) {
    const last = spans.at(-1);
    if (last?.style === style) spans.splice(-1, 1, { ...last, text: last.text + text });
    else spans.push({ column, text, style });
  }
  return spans;
}

function unknown(token: string): Error {
  return new Error(`expected what a terminal understands here, got ${JSON.stringify(token)}`);
}

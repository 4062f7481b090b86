/**
 * @file What a program printed for a terminal, as lines of pieces with colours (ECMA-48, SGR). Other control sequences
 * are left out; of a line that was written over with carriage returns the last writing is kept. Pure.
 */

export interface Piece {
  readonly text: string;
  /** names of classes; empty for none */
  readonly style: string;
}

export interface Line {
  readonly text: string;
  readonly pieces: readonly Piece[];
}

/** Styles go on from one line to the next. */
export function linesOf(text: string): Line[] {
  let style: Style = PLAIN;
  return text.split('\n').map((line) => {
    const written = line.replace(/\r+$/, '').split('\r').at(-1) ?? '';
    const pieces: Piece[] = [];
    for (const part of written.split(SEQUENCES)) {
      const codes = SGR.exec(part)?.[1];
      if (codes !== undefined) style = codes.split(';').map(Number).reduce(styled, style);
      else if (part !== '' && !part.startsWith(ESCAPE))
        pieces.push({ text: part, style: classOf(style) });
    }
    return { text: pieces.map((piece) => piece.text).join(''), pieces };
  });
}

interface Style {
  readonly colour: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

const PLAIN: Style = { colour: '', bold: false, dim: false };
const ESCAPE = '\u001b';
/** With a group, so that splitting keeps them. */
const SEQUENCES = new RegExp(`(${ESCAPE}(?:\\[[0-9;?]*[ -/]*[@-~]|[@-Z\\\\-_]))`);
const SGR = new RegExp(`^${ESCAPE}\\[([0-9;]*)m$`);
const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

function styled(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return { ...style, colour: '' };
  const colour = COLOURS[code >= 90 ? code - 90 : code - 30];
  return colour === undefined ? style : { ...style, colour };
}

function classOf({ colour, bold, dim }: Style): string {
  return [colour && `ansi-${colour}`, bold && 'ansi-bold', dim && 'ansi-dim']
    .filter(Boolean)
    .join(' ');
}

/**
 * @file A terminal's screen as a still SVG. It has its own dark ground, so that it reads the same on a
 * light page and on a dark one.
 */
import type { Colour, Span, Style } from './terminal-screen.ts';

export interface Picture {
  /** what was typed */
  readonly command: string;
  readonly rows: readonly (readonly Span[])[];
  readonly columns: number;
  /** for those who cannot see it */
  readonly description: string;
}

export function terminalSvg({ command, rows, columns, description }: Picture): string {
  const width = columns * CELL.width + 2 * MARGIN;
  const typed: Span[] = [
    { column: 0, text: '$', style: { bold: true, dim: false, colour: 'green' } },
    { column: 2, text: command, style: { bold: true, dim: false, colour: null } },
  ];
  const all = [typed, [], ...rows];
  const height = all.length * CELL.height + 2 * MARGIN;
  const lines = all.flatMap((spans, row) => spans.flatMap((span) => spanTexts(span, row)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escape(command)}</title>
<desc>${escape(description)}</desc>
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #d8dee6; white-space: pre }
.bold { font-weight: 700; fill: #ffffff } .dim { fill: #8b98a9 }
.green { fill: #6fd08c } .yellow { fill: #e6c35c } .red { fill: #f47c7c }
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#14181d" stroke="#3a4450"/>
${lines.join('\n')}
</svg>
`;
}

/** Of a 13 pixel monospace font, about; `textLength` makes it so in any font. */
const CELL = { width: 8, height: 18 };
const MARGIN = 18;

/** Spaces are left out, so that columns stay columns where a viewer knows no `textLength`. */
function spanTexts({ column, text, style }: Span, row: number): readonly string[] {
  const y = MARGIN + row * CELL.height + 13;
  return [...text.matchAll(WORDS)].map(({ 0: words, index }) => {
    const x = MARGIN + (column + cellsOf(text.slice(0, index))) * CELL.width;
    const length = cellsOf(words) * CELL.width;
    return `<text x="${x}" y="${y}" textLength="${length}"${classOf(style)}>${escape(words)}</text>`;
  });
}

function cellsOf(text: string): number {
  return Array.from(text).length;
}

/** Words with single spaces between them: two or more part columns. */
const WORDS = /\S+(?: \S+)*/g;

function classOf({ bold, dim, colour }: Style): string {
  const names: (Colour | 'bold' | 'dim')[] = [];
  if (bold) names.push('bold');
  if (dim) names.push('dim');
  if (colour) names.push(colour);
  return names.length > 0 ? ` class="${names.join(' ')}"` : '';
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

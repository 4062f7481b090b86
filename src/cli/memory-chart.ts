/**
 * @file Memory over a step, or over time, as a few lines of a terminal: columns as high as what is in use
 * then, and the limit across. Pure.
 */
import { formatBytes } from '#base';
import { memoryProfile, type ProfileMoment } from './memory-profile.ts';
import type { Paint } from './paint.ts';

export interface ChartOptions {
  readonly columns: number;
  readonly paint: Paint;
}

const ROWS = 8;
/** Lower eighths of a cell. */
const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const LIMIT_NAME = ' limit';
const NARROWEST = 20;
/** An action is not drawn wider than this: the chart is no larger than what it shows. */
const WIDEST_ACTION = 3;

export function memoryChart(
  prediction: Parameters<typeof memoryProfile>[0],
  options: ChartOptions,
): string[] {
  const profile = memoryProfile(prediction);
  const { moments } = profile;
  const scale = { ...profile, peak: profile.peak.total };
  const totals = moments.map(({ total }) => total);
  return barChart(totals, scale, options, (width) => passes(moments, width));
}

/** How high a chart goes, and what is named at its side. */
export interface Scale {
  readonly top: number;
  readonly peak: number;
  /** null: none is drawn */
  readonly limit: number | null;
}

/** @param axis what stands below a chart of so many columns */
export function barChart(
  totals: readonly number[],
  { top, peak, limit }: Scale,
  { columns, paint }: ChartOptions,
  axis: (width: number) => string,
): string[] {
  const labels = new Map([[rowOf(peak, top), formatBytes(peak)]]);
  const limitRow = limit === null ? -1 : rowOf(limit, top);
  if (limit !== null) labels.set(limitRow, formatBytes(limit));
  const margin = Math.max(...[...labels.values()].map(({ length }) => length)) + 2;
  const room = Math.max(NARROWEST, columns - margin - LIMIT_NAME.length);
  const width = Math.min(room, WIDEST_ACTION * totals.length);
  const bars = columnsOf(totals, width);

  const lines = [];
  for (let row = ROWS - 1; row >= 0; row--) {
    const cells = bars.map((total) => {
      const cell = cellOf(total, row, top);
      if (cell === ' ' && row === limitRow) return paint.yellow('╌');
      return limit !== null && total > limit ? paint.red(cell) : cell;
    });
    const label = labels.get(row);
    const side = label === undefined ? '│' : '┤';
    const name = row === limitRow ? LIMIT_NAME : '';
    lines.push(
      `${(label ?? '').padStart(margin - 2)} ${side}${cells.join('')}${paint.yellow(name)}`.trimEnd(),
    );
  }
  return [
    ...lines,
    `${'0'.padStart(margin - 2)} └${'─'.repeat(bars.length)}`,
    `${' '.repeat(margin)}${axis(width)}`.trimEnd(),
  ];
}

/** The row that the upper end of a bar lies in. */
function rowOf(bytes: number, top: number): number {
  return Math.max(0, Math.ceil((bytes / top) * ROWS) - 1);
}

function cellOf(bytes: number, row: number, top: number): string {
  const eighths = Math.round(((bytes / top) * ROWS - row) * 8);
  return EIGHTHS[Math.min(Math.max(eighths, 0), 8)]!;
}

/** As many as `width`: each as wide as any other, or the largest of those that share a column. */
function columnsOf(totals: readonly number[], width: number): number[] {
  return Array.from({ length: width }, (_, i) => {
    const from = Math.floor((i * totals.length) / width);
    const to = Math.max(from + 1, Math.floor(((i + 1) * totals.length) / width));
    return Math.max(...totals.slice(from, to));
  });
}

/** `forward      head backward`: where each begins, or a little after. */
function passes(moments: readonly ProfileMoment[], width: number): string {
  const head = moments.findIndex(({ label }) => label === 'head');
  const backward = moments.findIndex(({ label }, i) => i > head && label !== 'head');
  const begins = [
    [0, 'forward'],
    [head, 'head'],
    [backward, 'backward'],
  ] as const;
  return begins
    .filter(([at]) => at >= 0)
    .reduce((line, [at, word]) => {
      const column = Math.floor((at * width) / moments.length);
      return `${line.padEnd(column)}${word} `;
    }, '');
}

/** @file Numbers and tables as the commands print them. Pure. */

/** 6291456 -> `6.3 M`: for parameters, where three digits are enough. */
export function formatMany(count: number): string {
  for (const [size, unit] of UNITS) {
    if (count >= size) return `${(count / size).toPrecision(3).replace(/\.?0+$/, '')} ${unit}`;
  }
  return String(count);
}

// A unit begins where the one below would round up to 1000.
const UNITS = [
  [0.9995e9, 'G'],
  [0.9995e6, 'M'],
  [0.9995e4, 'k'],
] as const;

/** 12345 -> `12,345` */
export function formatCount(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** Three digits after the point, or three digits that say something where that shows only zeros. */
export function formatLoss(loss: number): string {
  return loss !== 0 && Math.abs(loss) < 0.0995 ? loss.toPrecision(3) : loss.toFixed(3);
}

/** 0.634 -> `63.4%` */
export function formatPart(part: number): string {
  return `${(part * 100).toFixed(1)}%`;
}

/** On one line, and cut to `width` characters with an ellipsis. */
export function oneLine(text: string, width: number): string {
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  const characters = Array.from(flat);
  return characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : flat;
}

/** Columns as wide as their widest cell; the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** `name  value` lines, the values in one column and to the left. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd());
}

/** reason -> count, as `malformed: 2, empty: 1` */
export function formatCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${reason}: ${formatCount(count)}`)
    .join(', ');
}

/** `1 example`, `2 examples` */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** An argument as a shell takes it: quoted where a shell would split or change it. */
export function shellWord(text: string): string {
  return /^[\w./@:=+,%-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

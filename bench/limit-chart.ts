/**
 * @file How much longer a step takes under which limit, as a picture (SVG): a line for each precision of
 * the base, which ends where no plan fits any more. Colours follow the reader's light or dark scheme. Pure.
 */

export interface LimitLine {
  readonly name: string;
  /** by limit, the smallest first; MiB, and seconds a step as a multiple of those without a limit */
  readonly points: readonly { readonly limit: number; readonly slowdown: number }[];
}

const WIDTH = 960;
const HEIGHT = 420;
const PLOT = { left: 84, right: WIDTH - 96, top: 72, bottom: HEIGHT - 64 } as const;

const STYLE = `
  .paper { fill: #ffffff } text { fill: #1f2933; font: 13px system-ui, sans-serif }
  .title { font-size: 16px; font-weight: 600 } .faint { fill: #52606d } .grid { stroke: #d9e0e6 }
  .line { fill: none; stroke-width: 2.5 } .name { font-weight: 600 }
  .s0 { stroke: #2f6fae; fill: #2f6fae } .s1 { stroke: #2a8f6f; fill: #2a8f6f }
  .s2 { stroke: #c77414; fill: #c77414 } .s3 { stroke: #9b4a9b; fill: #9b4a9b }
  .line { fill: none } .name { stroke: none } .bound { stroke: #c0392b; stroke-width: 1.5; stroke-dasharray: 7 4 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #14181c } text { fill: #e4e9ee } .faint { fill: #a3b0bc } .grid { stroke: #333c45 }
    .s0 { stroke: #5aa5ec; fill: #5aa5ec } .s1 { stroke: #4fc49c; fill: #4fc49c }
    .s2 { stroke: #f0a94e; fill: #f0a94e } .s3 { stroke: #d58ad5; fill: #d58ad5 }
    .line { fill: none } .name { stroke: none } .bound { stroke: #ff7b6b }
  }`;

/** `bound`: the multiple that still counts as full speed. */
export function limitChart(lines: readonly LimitLine[], bound: number): string {
  const points = lines.flatMap((line) => line.points);
  const scale = scaleOf(points, bound);
  const title = 'Seconds a step under a limit, as a multiple of those without one';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title">`,
    `<title id="title">${title}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${PLOT.left}" y="26">${title}</text>`,
    `<text class="faint" x="${PLOT.left}" y="46">a line for each precision of the base; it ends at the smallest limit at which the run finishes</text>`,
    ...rows(scale),
    ...columns(scale),
    `<line class="bound" x1="${PLOT.left}" x2="${PLOT.right}" y1="${scale.y(bound)}" y2="${scale.y(bound)}"/>`,
    ...lines.map((line, i) => drawn(line, i, scale)),
    ...names(lines, scale),
    `<text class="faint" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 18}" text-anchor="middle">limit, MiB</text>`,
    '</svg>\n',
  ].join('\n');
}

interface Scale {
  readonly x: (limit: number) => number;
  readonly y: (slowdown: number) => number;
  readonly from: number;
  readonly to: number;
  readonly top: number;
}

/** Limits by their logarithm: between 128 and 256 there is as much to see as between 256 and 512. */
function scaleOf(points: LimitLine['points'], bound: number): Scale {
  const limits = points.map(({ limit }) => limit);
  const [from, to] = [0.95 * Math.min(...limits, 256), 1.05 * Math.max(...limits, 512)];
  const top = Math.ceil(Math.max(bound, ...points.map(({ slowdown }) => slowdown)) * 1.05);
  const width = PLOT.right - PLOT.left;
  return {
    x: (limit) => round(PLOT.left + (width * Math.log(limit / from)) / Math.log(to / from)),
    y: (slowdown) => round(PLOT.bottom - ((PLOT.bottom - PLOT.top) * slowdown) / top),
    from,
    to,
    top,
  };
}

/** Tenths of a unit are finer than any screen shows. */
const round = (length: number): number => Math.round(length * 10) / 10;

function rows({ y, top }: Scale): string[] {
  const step = Math.max(1, Math.ceil(top / 6));
  const values = Array.from({ length: Math.floor(top / step) + 1 }, (_, i) => i * step);
  return values.map(
    (value) =>
      `<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text class="faint" x="${PLOT.left - 8}" y="${y(value) + 4}" text-anchor="end">${value}x</text>`,
  );
}

function columns({ x, from, to }: Scale): string[] {
  return MARKS.filter((limit) => limit >= from && limit <= to).map(
    (limit) =>
      `<line class="grid" x1="${x(limit)}" x2="${x(limit)}" y1="${PLOT.top}" y2="${PLOT.bottom}"/>` +
      `<text class="faint" x="${x(limit)}" y="${PLOT.bottom + 18}" text-anchor="middle">${limit}</text>`,
  );
}

const MARKS = [96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1024];

function drawn({ points }: LimitLine, i: number, { x, y }: Scale): string {
  const places = points.map(({ limit, slowdown }): [number, number] => [x(limit), y(slowdown)]);
  const dots = places.map(([cx, cy]) => `<circle class="s${i}" cx="${cx}" cy="${cy}" r="3.5"/>`);
  return `<polyline class="line s${i}" points="${places.map((at) => at.join()).join(' ')}"/>${dots.join('')}`;
}

/** At the right end of each line, kept apart. */
function names(lines: readonly LimitLine[], { x, y }: Scale): string[] {
  const ends = lines.flatMap(({ name, points }, i) => {
    const last = points.at(-1);
    return last ? [{ name, i, x: x(last.limit) + 8, y: y(last.slowdown) + 4 }] : [];
  });
  let above = -Infinity;
  return ends
    .toSorted((a, b) => a.y - b.y)
    .map((end) => {
      above = Math.max(end.y, above + LINE_HEIGHT);
      return `<text class="name s${end.i}" x="${end.x}" y="${round(above)}">${end.name}</text>`;
    });
}

const LINE_HEIGHT = 16;

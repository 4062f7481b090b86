/**
 * @file Memory over a step as a picture (SVG): what lies upon what during each action, and the limit as a
 * line. Colours follow the reader's light or dark scheme. Pure.
 */
import { formatBytes } from '#base';
import type { Prediction } from '#protocol';
import { type MemoryProfile, memoryProfile, type ProfileMoment } from './memory-profile.ts';

const WIDTH = 960;
const HEIGHT = 480;
const PLOT = { left: 84, right: WIDTH - 24, top: 92, bottom: HEIGHT - 72 } as const;

/** From the bottom to the top. */
const LAYERS = [
  ['others', 'other processes'],
  ['standing', 'there all the time: runtime, sessions, adapter, optimizer'],
  ['values', 'values between sessions'],
  ['session', 'the session at work'],
] as const;

const STYLE = `
  .paper { fill: #ffffff } text { fill: #1f2933; font: 13px system-ui, sans-serif }
  .title { font-size: 16px; font-weight: 600 } .faint { fill: #52606d } .grid { stroke: #d9e0e6 }
  .others { fill: #b8c0c8 } .standing { fill: #8aa4be } .values { fill: #2f80c3 } .session { fill: #e08e2b }
  .limit { stroke: #c0392b; stroke-width: 2; stroke-dasharray: 7 4 } .limit-text { fill: #a93226; font-weight: 600 }
  .mark { stroke: #1f2933 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #14181c } text { fill: #e4e9ee } .faint { fill: #a3b0bc } .grid { stroke: #333c45 }
    .others { fill: #525c66 } .standing { fill: #54708c } .values { fill: #4f9fe0 } .session { fill: #f0a94e }
    .limit { stroke: #ff7b6b } .limit-text { fill: #ff9a8d } .mark { stroke: #e4e9ee }
  }`;

export function memoryPicture(
  prediction: Parameters<typeof memoryProfile>[0] & Pick<Prediction, 'limit_from'>,
): string {
  const profile = memoryProfile(prediction);
  const { moments, peak } = profile;
  const scale = scaleOf(profile);
  const layers = LAYERS.filter(([layer]) => moments.some((moment) => moment[layer] > 0));
  const limit = prediction.limit_bytes === null ? 'none' : formatBytes(prediction.limit_bytes);
  const summary = `At most ${formatBytes(peak.total)}, at ${peak.label}; limit ${limit} (${prediction.limit_from})`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title summary">`,
    `<title id="title">Memory over one step</title>`,
    `<desc id="summary">${escaped(summary)}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${PLOT.left}" y="26">Memory over one step, its largest micro-batch</text>`,
    `<text class="faint" x="${PLOT.left}" y="46">${escaped(summary)}</text>`,
    ...gridLines(profile, scale),
    ...layers.map(([layer]) => areaOf(layer, moments, scale)),
    ...limitLine(profile, scale),
    ...largest(moments, scale).map(drawn),
    ...legend(layers),
    '</svg>\n',
  ].join('\n');
}

interface Scale {
  /** where action `i` begins */
  readonly x: (i: number) => number;
  readonly y: (bytes: number) => number;
}

function scaleOf({ moments, top }: MemoryProfile): Scale {
  const width = (PLOT.right - PLOT.left) / moments.length;
  return {
    x: (i) => round(PLOT.left + i * width),
    y: (bytes) => round(PLOT.bottom - (bytes / top) * (PLOT.bottom - PLOT.top)),
  };
}

/** Tenths of a unit are finer than any screen shows. */
const round = (length: number): number => Math.round(length * 10) / 10;

type Layer = (typeof LAYERS)[number][0];

/** Steps along the upper edge, and back along the lower one. */
function areaOf(layer: Layer, moments: readonly ProfileMoment[], { x, y }: Scale): string {
  const edge = (upTo: (moment: ProfileMoment) => number) =>
    moments.flatMap((moment, i): [number, number][] => {
      const height = y(upTo(moment));
      return [
        [x(i), height],
        [x(i + 1), height],
      ];
    });
  const below = (moment: ProfileMoment) => heightBelow(layer, moment);
  const upper = edge((moment) => below(moment) + moment[layer]);
  const points = [...upper, ...edge(below).toReversed()].map((point) => point.join(','));
  return `<polygon class="${layer}" points="${points.join(' ')}"/>`;
}

function heightBelow(layer: Layer, moment: ProfileMoment): number {
  const at = LAYERS.findIndex(([name]) => name === layer);
  return LAYERS.slice(0, at).reduce((sum, [name]) => sum + moment[name], 0);
}

function gridLines({ top }: MemoryProfile, { y }: Scale): string[] {
  const step = gridStep(top);
  const lines = [];
  for (let bytes = 0; bytes <= top; bytes += step) {
    const at = y(bytes);
    lines.push(
      `<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}"/>`,
      `<text class="faint" x="${PLOT.left - 8}" y="${at + 4}" text-anchor="end">${formatBytes(bytes)}</text>`,
    );
  }
  return lines;
}

/** A power of two that makes 4 to 7 lines. */
function gridStep(top: number): number {
  return 2 ** Math.ceil(Math.log2(top / 7));
}

/** Named on the side where the peak is not. */
function limitLine({ limit, moments, peak }: MemoryProfile, { y }: Scale): string[] {
  if (limit === null) return [];
  const at = y(limit);
  const peakIsLeft = moments.indexOf(peak) < moments.length / 2;
  const [x, anchor] = peakIsLeft ? [PLOT.right, 'end'] : [PLOT.left, 'start'];
  return [
    `<line class="limit" x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}"/>`,
    `<text class="limit-text" x="${x}" y="${at - 6}" text-anchor="${anchor}">limit ${formatBytes(limit)}</text>`,
  ];
}

/** The name of a large action above it. */
interface Mark {
  readonly text: string;
  /** the middle of the action */
  readonly at: number;
  readonly height: number;
  /** what the text covers, and where it stands */
  readonly from: number;
  readonly to: number;
  readonly base: number;
}

const MARKS = 3;

/** The largest actions, each larger than all that its text stands over, and clear of the others' texts. */
function largest(moments: readonly ProfileMoment[], scale: Scale): Mark[] {
  const marks: Mark[] = [];
  const order = [...moments.keys()].toSorted((a, b) => moments[b]!.total - moments[a]!.total);
  for (const i of order) {
    if (marks.length === MARKS) break;
    const mark = markOf(moments, i, scale);
    const free = marks.every(({ from, to }) => mark.to + GAP < from || to + GAP < mark.from);
    if (free && mark.base + MARK_LINE >= mark.height) marks.push(mark);
  }
  return marks;
}

const GAP = 24;
const MARK_LINE = 12;

function markOf(moments: readonly ProfileMoment[], i: number, { x, y }: Scale): Mark {
  const { label, total } = moments[i]!;
  const text = `${label}, ${formatBytes(total)}`;
  const at = round((x(i) + x(i + 1)) / 2);
  const width = text.length * LETTER;
  const from = round(Math.min(Math.max(at - width / 2, PLOT.left), PLOT.right - width));
  const under = moments.filter((_, j) => x(j + 1) > from && x(j) < from + width);
  const base = y(Math.max(...under.map((moment) => moment.total))) - MARK_LINE;
  return { text, at, height: y(total), from, to: from + width, base };
}

function drawn({ text, at, height, from, base }: Mark): string {
  return [
    `<line class="mark" x1="${at}" x2="${at}" y1="${base + 2}" y2="${height}"/>`,
    `<text x="${from}" y="${round(base - 2)}">${escaped(text)}</text>`,
  ].join('');
}

function legend(layers: readonly (typeof LAYERS)[number][]): string[] {
  const y = PLOT.bottom + 40;
  let x = PLOT.left;
  return layers.map(([layer, text]) => {
    const entry = `<rect class="${layer}" x="${x}" y="${y - 11}" width="12" height="12"/><text class="faint" x="${x + 18}" y="${y}">${text}</text>`;
    x += 18 + text.length * LETTER + 24;
    return entry;
  });
}

/** The width of a letter, on average and a little more. */
const LETTER = 6.9;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

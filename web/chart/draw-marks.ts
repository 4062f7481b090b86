/** @file What is drawn around the water: the line, the predicted peak, attempts, phases, the kill. */
import type uPlot from 'uplot';
import { formatBytes } from '../words/bytes.ts';
import { type Colours, faded } from './colours.ts';
import { PHASE_COLOURS, type RunMarks } from './run-marks.ts';

/** Height of the strip of phases under the plot, and its distance from it. CSS pixels. */
export const PHASE_STRIP = 9;
const PHASE_GAP = 4;

/** Under the water. */
export function drawBand(plot: uPlot, { band }: RunMarks, colours: Colours): void {
  if (!band) return;
  const { ctx, bbox } = plot;
  const [top, bottom] = [yOf(plot, band.high), yOf(plot, band.low)];
  inside(plot, () => {
    ctx.fillStyle = faded(colours.band, 0.2);
    ctx.fillRect(bbox.left, top, bbox.width, Math.max(bottom - top, 2 * ratio()));
  });
}

/** Over it. @param water as it was drawn */
export function drawMarks(
  plot: uPlot,
  marks: RunMarks,
  colours: Colours,
  water: uPlot.Series.Paths | null,
): void {
  if (water) drawSurface(plot, water, colours);
  drawPrediction(plot, marks, colours);
  for (const attempt of marks.attempts) drawAttempt(plot, attempt, colours);
  for (const phase of marks.phases) drawPhase(plot, phase, colours);
  drawLine(plot, marks, colours);
}

/** A second, fainter line a little below the first, as light lies on water. */
function drawSurface(plot: uPlot, { stroke, clip }: uPlot.Series.Paths, colours: Colours): void {
  if (!(stroke instanceof Path2D)) return;
  const { ctx } = plot;
  inside(plot, () => {
    if (clip) ctx.clip(clip); // between attempts there is none
    ctx.translate(0, 5 * ratio());
    ctx.strokeStyle = faded(colours['water-edge'], 0.3);
    ctx.lineWidth = 1.5 * ratio();
    ctx.stroke(stroke);
  });
}

function drawPrediction(plot: uPlot, { band }: RunMarks, colours: Colours): void {
  if (!band) return;
  const { ctx, bbox } = plot;
  inside(plot, () => {
    ctx.strokeStyle = colours.band;
    ctx.lineWidth = ratio();
    ctx.setLineDash([5 * ratio(), 4 * ratio()]);
    for (const bytes of new Set([band.low, band.high])) {
      const y = yOf(plot, bytes);
      line(ctx, bbox.left, y, bbox.left + bbox.width, y);
    }
    label(plot, 'predicted peak', colours.band, bbox.left + 8 * ratio(), yOf(plot, band.high));
  });
}

function drawAttempt(plot: uPlot, mark: RunMarks['attempts'][number], colours: Colours): void {
  const { ctx, bbox } = plot;
  inside(plot, () => {
    const from = xOf(plot, mark.from);
    if (mark.attempt > 1) {
      ctx.strokeStyle = colours['ink-soft'];
      ctx.lineWidth = ratio();
      ctx.setLineDash([2 * ratio(), 3 * ratio()]);
      line(ctx, from, bbox.top, from, bbox.top + bbox.height);
      const top = bbox.top + 18 * ratio();
      label(plot, `attempt ${mark.attempt}`, colours['ink-soft'], from + 5 * ratio(), top);
    }
    if (mark.killed && mark.to !== null) drawKill(plot, mark.to, mark.peak ?? mark.limit, colours);
  });
}

/** A cross where the water stood when the process went. */
function drawKill(plot: uPlot, seconds: number, bytes: number, colours: Colours): void {
  const { ctx, bbox } = plot;
  const [x, y, arm] = [xOf(plot, seconds), yOf(plot, bytes), 6 * ratio()];
  ctx.setLineDash([]);
  ctx.strokeStyle = colours.bad;
  ctx.lineWidth = 2 * ratio();
  line(ctx, x, y, x, bbox.top + bbox.height);
  ctx.lineWidth = 3 * ratio();
  line(ctx, x - arm, y - arm, x + arm, y + arm);
  line(ctx, x - arm, y + arm, x + arm, y - arm);
  label(plot, 'out of memory', ON_WATER, x - 8 * ratio(), bottomOf(plot), 'right');
}

/** In light and in the dark the water is deep enough for it. */
const ON_WATER = '#ffffff';

function drawPhase(plot: uPlot, mark: RunMarks['phases'][number], colours: Colours): void {
  const { ctx, bbox } = plot;
  const right = bbox.left + bbox.width;
  const from = Math.max(xOf(plot, mark.from), bbox.left);
  const to = mark.to === null ? right : Math.min(xOf(plot, mark.to), right);
  if (to <= from) return;
  ctx.fillStyle = colours[PHASE_COLOURS[mark.phase]];
  const top = bbox.top + bbox.height + PHASE_GAP * ratio();
  ctx.fillRect(from, top, Math.max(to - from, ratio()), PHASE_STRIP * ratio());
}

/** The limit of each attempt; at the right the mark that ships bear. */
function drawLine(plot: uPlot, { attempts }: RunMarks, colours: Colours): void {
  const { ctx, bbox } = plot;
  const right = bbox.left + bbox.width;
  const limits = new Set(attempts.map(({ limit }) => limit));
  for (const { limit, from, to } of attempts) {
    const y = yOf(plot, limit);
    inside(plot, () => {
      ctx.strokeStyle = colours.line;
      ctx.lineWidth = 2.5 * ratio();
      if (limits.size === 1) line(ctx, bbox.left, y, right, y);
      else line(ctx, xOf(plot, from), y, to === null ? right : xOf(plot, to), y);
    });
  }
  const last = attempts.at(-1);
  if (!last) return;
  const y = yOf(plot, last.limit);
  const radius = 8 * ratio();
  ctx.save();
  ctx.strokeStyle = colours.line;
  ctx.lineWidth = 2.5 * ratio();
  ctx.beginPath();
  ctx.arc(right - 3 * radius, y, radius, 0, 2 * Math.PI);
  ctx.stroke();
  ctx.restore();
  const text = `limit ${formatBytes(last.limit)}`;
  label(plot, text, colours.line, right - 4.6 * radius, y, 'right');
}

/** Above what it names. */
function label(
  { ctx }: uPlot,
  text: string,
  colour: string,
  x: number,
  y: number,
  align: CanvasTextAlign = 'left',
): void {
  ctx.save();
  ctx.font = `600 ${12 * ratio()}px system-ui, sans-serif`;
  ctx.textBaseline = 'bottom';
  ctx.textAlign = align;
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y - 4 * ratio());
  ctx.restore();
}

function inside({ ctx, bbox }: uPlot, draw: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}

const xOf = (plot: uPlot, seconds: number): number => plot.valToPos(seconds, 'x', true);
const yOf = (plot: uPlot, bytes: number): number => plot.valToPos(bytes, 'y', true);
const bottomOf = ({ bbox }: uPlot): number => bbox.top + bbox.height - 2 * ratio();
const ratio = (): number => devicePixelRatio;

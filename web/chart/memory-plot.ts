/** @file How memory over a run is drawn: files, water, and what is marked around them. */
import uPlot from 'uplot';
import { bytesAxis, timeAxis } from './axes.ts';
import { type Colours, faded } from './colours.ts';
import { drawBand, drawMarks, PHASE_STRIP } from './draw-marks.ts';
import { choosesPart } from './gestures.ts';
import { kept } from './navigate.ts';
import { tell } from './readout.ts';
import type { RunMarks } from './run-marks.ts';
import type { PlotOptions } from './use-plot.ts';
import type { ViewControl } from './use-view.ts';

/** What is drawn beside the samples, as it is now. */
export interface Shown {
  readonly marks: RunMarks;
  /** bytes at the upper edge */
  readonly highest: number;
  readonly readout: HTMLElement | null;
}

export function memoryPlot(
  colours: Colours,
  control: ViewControl,
  shown: () => Shown,
): PlotOptions {
  let water: uPlot.Series.Paths | null = null;
  return {
    legend: { show: false },
    padding: [14, 12, 0, 0],
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: 7, fill: colours.surface, stroke: colours['water-edge'], width: 2 },
      bind: {
        mousedown: (_plot, _target, choose) => (event) => {
          if (choosesPart(event, control)) choose(event);
          return null;
        },
      },
    },
    scales: {
      x: {
        time: false,
        range: () => {
          const { min, max } = control.now();
          return [min, max];
        },
      },
      y: { range: () => [0, shown().highest] },
    },
    axes: [timeAxis(colours, { gap: PHASE_STRIP + 10, size: 50 }), bytesAxis(colours)],
    series: [
      {},
      {
        stroke: colours['file-edge'],
        width: 1,
        fill: faded(colours.file, 0.65),
        points: { show: false },
        paths: pathOf,
      },
      {
        stroke: colours['water-edge'],
        width: 2,
        fill: (plot) => waterFill(plot, colours),
        points: { show: false },
        paths: (...of) => (water = pathOf(...of)),
      },
    ],
    hooks: {
      drawAxes: [(plot) => drawBand(plot, shown().marks, colours)],
      draw: [(plot) => drawMarks(plot, shown().marks, colours, water)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < LEAST_CHOICE) return;
          const [min, max] = [left, left + width].map((at) => plot.posToVal(at, 'x'));
          control.show(kept({ min: min ?? 0, max: max ?? 0 }, control.whole()));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      setCursor: [(plot) => tell(plot, shown().readout, shown().marks)],
    },
  };
}

/** A click is no choice of a part. CSS pixels. */
const LEAST_CHOICE = 6;

const curve = uPlot.paths.spline?.();
const lines = uPlot.paths.linear?.();

/** A curve where samples stand apart; where they stand closer than pixels, it would cost much and show nothing. */
const pathOf: uPlot.Series.PathBuilder = (plot, series, from, to) => {
  const isDense = to - from > plot.bbox.width / devicePixelRatio / 2;
  return (isDense ? lines : curve)?.(plot, series, from, to) ?? null;
};

/** Lighter at the surface. */
function waterFill({ ctx, bbox }: uPlot, colours: Colours): CanvasGradient {
  const fill = ctx.createLinearGradient(0, bbox.top, 0, bbox.top + bbox.height);
  fill.addColorStop(0, faded(colours.water, 0.82));
  fill.addColorStop(1, faded(colours['water-deep'], 0.92));
  return fill;
}

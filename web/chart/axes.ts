/** @file Axes that all charts share: their text, their grid, and where their marks may stand. */
import type uPlot from 'uplot';
import { formatBytes } from '../words/bytes.ts';
import { formatDuration } from '../words/times.ts';
import type { Colours } from './colours.ts';

const FONT = '12px system-ui, sans-serif';

export function axis({ 'ink-soft': ink, edge }: Colours, more: uPlot.Axis = {}): uPlot.Axis {
  return {
    stroke: ink,
    font: FONT,
    grid: { stroke: edge, width: 1 },
    ticks: { show: false },
    ...more,
  };
}

/** Seconds since the run began. */
export function timeAxis(colours: Colours, more: uPlot.Axis = {}): uPlot.Axis {
  return axis(colours, {
    incrs: [...SECONDS],
    values: (_plot, marks) => marks.map((seconds) => (seconds < 0 ? '' : formatDuration(seconds))),
    space: 90,
    grid: { show: false },
    ...more,
  });
}

export function bytesAxis(colours: Colours): uPlot.Axis {
  return axis(colours, {
    size: 68,
    incrs: [...BYTES],
    values: (_plot, marks) => marks.map((bytes) => (bytes === 0 ? '0' : formatBytes(bytes))),
    space: 44,
  });
}

const SECONDS = [
  0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200,
  86_400, 172_800, 604_800,
];

/** Powers of two from 1 KiB on: what limits are written in. */
const BYTES = Array.from({ length: 34 }, (_, i) => 2 ** (10 + i));

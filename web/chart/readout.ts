/** @file In words what is under the pointer: written into the page by itself, since drawing the page anew takes longer. */
import type uPlot from 'uplot';
import { formatBytes } from '../words/bytes.ts';
import { formatDuration } from '../words/times.ts';
import { PHASE_WORDS, type RunMarks } from './run-marks.ts';

const HINTS = {
  fine: 'Drag over a part to come closer; then drag to move. Ctrl and the wheel do both.',
  coarse: 'Two fingers come closer, one then moves.',
};

/** How one moves here: by a mouse or by fingers. */
export function hint(): string {
  return HINTS[matchMedia('(pointer: coarse)').matches ? 'coarse' : 'fine'];
}

export function tell(plot: uPlot, into: HTMLElement | null, marks: RunMarks): void {
  const words = inWords(plot, marks);
  if (into && into.textContent !== words) into.textContent = words;
}

function inWords({ cursor, data }: uPlot, { phases }: RunMarks): string {
  const at = cursor.idx;
  const seconds = at == null ? undefined : data[0][at];
  const [total, water] = [1, 2].map((series) => (at == null ? null : data[series]?.[at]));
  if (seconds === undefined || water == null || total == null) return hint();
  const phase = phases.findLast(({ from, to }) => from <= seconds && (to ?? Infinity) >= seconds);
  const files = formatBytes(total - water);
  const during = phase ? `, ${PHASE_WORDS[phase.phase]}` : '';
  return `After ${formatDuration(seconds)}: ${formatBytes(water)} in use, ${files} of files${during}`;
}

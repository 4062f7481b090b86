/**
 * @file Memory over a run: what the kernel cannot take back as water, pages of files as a lighter layer above it, the
 * limit as the line. While one moves over it only what is here is drawn; what is finer is asked for when one rests.
 */
import { useCallback, useEffect, useMemo, useRef } from 'react';
import type uPlot from 'uplot';
import type { ServiceEvent, ServiceRun } from '#protocol';
import { POINTS, type TimeRange, useMemory, useMemoryDetail } from '../api/run-history.ts';
import { formatBytes } from '../words/bytes.ts';
import './chart.css';
import { ChartWays, onChartKey } from './chart-ways.tsx';
import type { Colours } from './colours.ts';
import { detailAround } from './detail-range.ts';
import { useGestures } from './gestures.ts';
import { Legend } from './legend.tsx';
import { memoryPlot } from './memory-plot.ts';
import { memoryColumns } from './memory-series.ts';
import { MemoryTable } from './memory-table.tsx';
import type { View } from './navigate.ts';
import { hint } from './readout.ts';
import { runMarks } from './run-marks.ts';
import { usePlot } from './use-plot.ts';
import { useView } from './use-view.ts';

interface Props {
  readonly run: ServiceRun;
  readonly events: readonly ServiceEvent[];
  /** of two charts side by side: the same scale for both */
  readonly most?: { readonly bytes: number; readonly seconds: number } | undefined;
  readonly height?: number;
}

export function MemoryChart({ run, events, most, height = 480 }: Props) {
  const start = Date.parse(run.startedAt);
  const samples = useMemory(run.id, run.finishedAt === null);
  const marks = useMemo(() => runMarks(run, events), [run, events]);
  const whole = useMemo((): View => {
    const seconds = (time: string | null | undefined): number =>
      time == null ? 0 : (Date.parse(time) - start) / 1000;
    const ends = [run.attempts.at(-1)?.endedAt, samples.at(-1)?.time].map(seconds);
    return { min: 0, max: Math.max(...ends, most?.seconds ?? 0, LEAST_SECONDS) };
  }, [most?.seconds, samples, run.attempts, start]);
  const { control, isPart, rested } = useView(whole, (view) => plot.current?.setScale('x', view));

  const isThinned = samples.length >= POINTS / 2;
  const detail = useMemoryDetail(run.id, useDetailRange(isThinned ? rested : null, whole, start));
  const columns = useMemo(() => memoryColumns(samples, detail, start), [samples, detail, start]);
  const { x, water, total } = columns;
  const highest = useMemo(() => {
    const bytes = Math.max(...run.attempts.map(({ memoryBytes }) => memoryBytes), run.limit ?? 0);
    const seen = total.reduce<number>((top, each) => Math.max(top, each ?? 0), 0);
    return Math.max(bytes * 1.14, seen * 1.05, (marks.band?.high ?? 0) * 1.1, most?.bytes ?? 0, 1);
  }, [run.attempts, run.limit, total, marks.band, most?.bytes]);

  const readout = useRef<HTMLParagraphElement>(null);
  const shown = useRef({ marks, highest });
  shown.current = { marks, highest };
  const optionsOf = useCallback(
    (colours: Colours) =>
      memoryPlot(colours, control, () => ({ ...shown.current, readout: readout.current })),
    [control],
  );
  const data = useMemo((): uPlot.AlignedData => [x, total, water], [x, total, water]);
  const { element, plot } = usePlot(optionsOf, data, height, keepView);
  useEffect(() => plot.current?.redraw(false, true), [plot, marks]);
  useEffect(() => {
    plot.current?.setScale('x', control.now());
    plot.current?.setScale('y', { min: 0, max: highest });
  }, [plot, control, whole, highest]);
  useGestures(element, plot, control);

  return (
    <figure className="memory-chart" aria-label={`Memory of run ${run.id}`}>
      <div className="row spread chart-head">
        <Legend marks={marks} />
        <ChartWays control={control} isPart={isPart} />
      </div>
      <div
        ref={element}
        className={isPart ? 'plot moves' : 'plot'}
        role="img"
        tabIndex={0}
        aria-label={inWords(run)}
        onKeyDown={(event) => onChartKey(event, control)}
        onDoubleClick={() => control.show(null)}
      />
      <p ref={readout} className="readout soft" aria-hidden="true">
        {hint()}
      </p>
      <MemoryTable columns={columns} />
    </figure>
  );
}

/** A run that has just begun has some room. */
const LEAST_SECONDS = 10;

/** The view stays, whatever is new. */
function keepView(plot: uPlot, data: uPlot.AlignedData): void {
  plot.setData(data, false);
  plot.redraw(true, true);
}

/** The same object until another part is to be asked for. @param start milliseconds */
function useDetailRange(view: View | null, whole: View, start: number): TimeRange | null {
  const here = useRef<View | null>(null);
  here.current = view && detailAround(view, whole, here.current);
  const { min, max } = here.current ?? NOWHERE;
  return useMemo(() => {
    const ms = (seconds: number): number => Math.round(start + seconds * 1000);
    return min < max ? { from: ms(min), to: ms(max) } : null;
  }, [min, max, start]);
}

const NOWHERE: View = { min: 0, max: 0 };

/** What the picture says. */
function inWords({ peak, limit, predicted, attempts, status }: ServiceRun): string {
  const parts = [
    peak === null ? 'No memory was measured yet' : `The highest was ${formatBytes(peak)}`,
    limit === null ? null : `the limit is ${formatBytes(limit)}`,
    predicted === null ? null : `${formatBytes(predicted)} was predicted`,
    `${attempts.length} ${attempts.length === 1 ? 'attempt' : 'attempts'}`,
    ...attempts
      .filter(({ cause }) => cause?.startsWith('oom-'))
      .map(({ attempt }) => `attempt ${attempt} ran out of memory`),
    status === 'running' ? 'it goes on' : null,
  ];
  return `Memory over time. ${parts.filter(Boolean).join(', ')}. Arrow keys move, plus and minus zoom; a table follows.`;
}

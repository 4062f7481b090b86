/**
 * @file Memory over a run: what the kernel cannot take back as water, pages of files as a lighter layer above it, the
 * limit as the line. While one moves over it only what is here is drawn; what is finer is asked for when one rests.
 */
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import type { ServiceEvent, ServiceRun } from '#protocol';
import { POINTS, useMemory, useMemoryDetail } from '../api/run-history.ts';
import { formatBytes } from '../words/bytes.ts';
import { formatDuration } from '../words/times.ts';
import { bytesAxis, timeAxis } from './axes.ts';
import { type Colours, faded } from './colours.ts';
import { drawBand, drawMarks, PHASE_STRIP } from './draw-marks.ts';
import './chart.css';
import { memoryColumns } from './memory-series.ts';
import { MemoryTable } from './memory-table.tsx';
import { isWhole, kept, moved, type View, zoomed } from './navigate.ts';
import { COLOUR_WORDS, PHASE_COLOURS, PHASE_WORDS, type RunMarks, runMarks } from './run-marks.ts';
import { usePlot } from './use-plot.ts';

interface Props {
  readonly run: ServiceRun;
  readonly events: readonly ServiceEvent[];
  /** of two charts side by side: the same scale for both */
  readonly most?: { readonly bytes: number; readonly seconds: number } | undefined;
  readonly height?: number;
}

/** Milliseconds for which the view rests before what is finer is asked for. */
const REST_MS = 160;

export function MemoryChart({ run, events, most, height = 480 }: Props) {
  const start = Date.parse(run.startedAt);
  const goesOn = run.finishedAt === null;
  const samples = useMemory(run.id, goesOn);
  const marks = useMemo(() => runMarks(run, events), [run, events]);
  const [view, setView] = useState<View | null>(null);
  const detailView = useRested(view, REST_MS);
  const detailRange = useMemo(() => {
    if (detailView === null || samples.length < POINTS / 2) return null;
    const span = detailView.max - detailView.min; // as much again on both sides, to move into
    const ms = (seconds: number): number => Math.round(start + seconds * 1000);
    return { from: ms(detailView.min - span), to: ms(detailView.max + span) };
  }, [detailView, samples.length, start]);
  const detail = useMemoryDetail(run.id, detailRange);
  const columns = useMemo(() => memoryColumns(samples, detail, start), [samples, detail, start]);
  const { x, water, total } = columns;

  const whole = useMemo((): View => {
    const end = run.attempts.at(-1)?.endedAt;
    const ended = end == null ? 0 : (Date.parse(end) - start) / 1000;
    return { min: 0, max: Math.max(most?.seconds ?? 0, x.at(-1) ?? 0, ended, 10) };
  }, [most?.seconds, x, run.attempts, start]);
  const highest = useMemo(() => {
    const bytes = Math.max(...run.attempts.map(({ memoryBytes }) => memoryBytes), run.limit ?? 0);
    const seen = total.reduce<number>((top, each) => Math.max(top, each ?? 0), 0);
    return Math.max(bytes * 1.14, seen * 1.05, (marks.band?.high ?? 0) * 1.1, most?.bytes ?? 0, 1);
  }, [run.attempts, run.limit, total, marks.band, most?.bytes]);

  const current = useRef({ marks, view, whole, highest, setView });
  current.current = { marks, view, whole, highest, setView };
  const readout = useRef<HTMLParagraphElement>(null);

  const optionsOf = useCallback((colours: Colours) => {
    const now = () => current.current;
    const range = (): uPlot.Range.MinMax => {
      const { view: chosen, whole: all } = now();
      return [chosen?.min ?? all.min, chosen?.max ?? all.max];
    };
    const spline = uPlot.paths.spline?.();
    return {
      legend: { show: false },
      padding: [14, 12, 0, 0] as uPlot.Padding,
      cursor: {
        drag: { x: true, y: false, setScale: false },
        points: { size: 7, fill: colours.surface, stroke: colours['water-edge'], width: 2 },
        bind: {
          mousedown: (plot, _target, select) => (event) => {
            if (now().view === null || event.shiftKey) select(event);
            else drag(plot, event, () => now());
            return null;
          },
        },
      },
      scales: {
        x: { time: false, range },
        y: { range: () => [0, now().highest] },
      },
      axes: [timeAxis(colours, { gap: PHASE_STRIP + 10, size: 50 }), bytesAxis(colours)],
      series: [
        {},
        {
          stroke: colours['file-edge'],
          width: 1,
          fill: faded(colours.file, 0.65),
          points: { show: false },
          ...(spline && { paths: spline }),
        },
        {
          stroke: colours['water-edge'],
          width: 2,
          fill: (plot) => waterFill(plot, colours),
          points: { show: false },
          ...(spline && { paths: spline }),
        },
      ],
      hooks: {
        drawAxes: [(plot) => drawBand(plot, now().marks, colours)],
        draw: [(plot) => drawMarks(plot, now().marks, colours)],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < 6) return;
            const [min, max] = [left, left + width].map((at) => plot.posToVal(at, 'x'));
            now().setView(kept({ min: min ?? 0, max: max ?? 0 }, now().whole));
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
        setCursor: [(plot) => told(plot, readout.current, now().marks)],
      },
    } satisfies Omit<uPlot.Options, 'width' | 'height'>;
  }, []);
  const data = useMemo((): uPlot.AlignedData => [x, total, water], [x, total, water]);
  const { element, plot } = usePlot(optionsOf, data, height, keepView);
  useEffect(() => plot.current?.redraw(false, true), [plot, marks]);
  useEffect(() => {
    const [min, max] = [view?.min ?? whole.min, view?.max ?? whole.max];
    plot.current?.setScale('x', { min, max });
    plot.current?.setScale('y', { min: 0, max: highest });
  }, [plot, view, whole, highest]);
  useWheel(element, plot, current);

  const show = (next: View): void => setView(isWhole(next, whole) ? null : next);
  const at = view ?? whole;
  const onKeyDown = (event: KeyboardEvent): void => {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    show(act(at, whole));
  };
  return (
    <figure className="memory-chart" aria-label={`Memory of run ${run.id}`}>
      <div className="row spread chart-head">
        <Legend marks={marks} />
        <div
          className="row chart-ways"
          role="group"
          aria-label="The part of the chart that is shown"
        >
          {WAYS.map(({ sign, name, to, always }) => (
            <button
              key={name}
              type="button"
              className="small"
              disabled={!always && view === null}
              onClick={() => show(to(at, whole))}
              aria-label={name}
            >
              {sign}
            </button>
          ))}
          <button
            type="button"
            className="small"
            disabled={view === null}
            onClick={() => setView(null)}
          >
            All
          </button>
        </div>
      </div>
      <div
        ref={element}
        className={view === null ? 'plot' : 'plot moves'}
        role="img"
        tabIndex={0}
        aria-label={inWords(run)}
        onKeyDown={onKeyDown}
        onDoubleClick={() => setView(null)}
      />
      <p ref={readout} className="readout soft" aria-hidden="true">
        {HINT}
      </p>
      <MemoryTable columns={columns} />
    </figure>
  );
}

const HINT = 'Drag over a part to come closer; then drag to move. Ctrl and the wheel do both.';

interface Way {
  readonly sign: string;
  readonly name: string;
  readonly to: (view: View, whole: View) => View;
  /** also from the whole */
  readonly always?: boolean;
}

const WAYS: readonly Way[] = [
  { sign: '+', name: 'Closer', to: (view, whole) => zoomed(view, whole, 0.5), always: true },
  { sign: '−', name: 'Wider', to: (view, whole) => zoomed(view, whole, 2) },
  { sign: '‹', name: 'Earlier', to: (view, whole) => moved(view, whole, -0.5) },
  { sign: '›', name: 'Later', to: (view, whole) => moved(view, whole, 0.5) },
];

const KEYS: Readonly<Record<string, (view: View, whole: View) => View>> = {
  ArrowLeft: (view, whole) => moved(view, whole, -0.2),
  ArrowRight: (view, whole) => moved(view, whole, 0.2),
  '+': (view, whole) => zoomed(view, whole, 0.5),
  '-': (view, whole) => zoomed(view, whole, 2),
  Home: (_view, whole) => whole,
};

interface Current {
  readonly marks: RunMarks;
  readonly view: View | null;
  readonly whole: View;
  readonly setView: (view: View | null) => void;
}

/** The view stays, whatever is new. */
function keepView(plot: uPlot, data: uPlot.AlignedData): void {
  plot.setData(data, false);
  plot.redraw(true, true);
}

/** Lighter at the surface. */
function waterFill({ ctx, bbox }: uPlot, colours: Colours): CanvasGradient {
  const fill = ctx.createLinearGradient(0, bbox.top, 0, bbox.top + bbox.height);
  fill.addColorStop(0, faded(colours.water, 0.82));
  fill.addColorStop(1, faded(colours['water-deep'], 0.92));
  return fill;
}

/** Moves the view with the pointer, until it is let go. */
function drag(plot: uPlot, event: MouseEvent, now: () => Current): void {
  const from = event.clientX;
  const { view } = now();
  if (!view) return;
  const perPixel = (view.max - view.min) / (plot.bbox.width / devicePixelRatio);
  const move = ({ clientX }: MouseEvent): void => {
    const by = (from - clientX) * perPixel;
    now().setView(kept({ min: view.min + by, max: view.max + by }, now().whole));
  };
  const end = (): void => {
    removeEventListener('mousemove', move);
    removeEventListener('mouseup', end);
  };
  addEventListener('mousemove', move);
  addEventListener('mouseup', end);
}

/** With Ctrl: without it the wheel goes on scrolling the page. A pinch on a touchpad comes as that, too. */
function useWheel(
  element: React.RefObject<HTMLDivElement | null>,
  plot: React.RefObject<uPlot | null>,
  current: React.RefObject<Current>,
): void {
  useEffect(() => {
    const target = element.current;
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey || !plot.current) return;
      event.preventDefault();
      const { view, whole, setView } = current.current;
      const about = plot.current.posToVal(plot.current.cursor.left ?? 0, 'x');
      const next = zoomed(view ?? whole, whole, event.deltaY > 0 ? 1.25 : 0.8, about);
      setView(isWhole(next, whole) ? null : next);
    };
    target?.addEventListener('wheel', wheel, { passive: false });
    return () => target?.removeEventListener('wheel', wheel);
  }, [element, plot, current]);
}

/** Writes what is under the pointer, without drawing the page anew. */
function told(plot: uPlot, into: HTMLElement | null, { phases }: RunMarks): void {
  if (!into) return;
  const at = plot.cursor.idx;
  const seconds = at == null ? undefined : plot.data[0][at];
  const [total, water] = [1, 2].map((series) => (at == null ? null : plot.data[series]?.[at]));
  if (seconds === undefined || water == null || total == null) {
    into.textContent = HINT;
    return;
  }
  const phase = phases.findLast(({ from, to }) => from <= seconds && (to ?? Infinity) >= seconds);
  into.textContent = `After ${formatDuration(seconds)}: ${formatBytes(water)} in use, ${formatBytes(total - water)} of files${phase ? `, ${PHASE_WORDS[phase.phase]}` : ''}`;
}

/** The value as it was once it has not changed for a while. */
function useRested<T>(value: T, ms: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return rested;
}

function Legend({ marks: { phases, band } }: { readonly marks: RunMarks }) {
  const shown = new Set(phases.map(({ phase }) => PHASE_COLOURS[phase]));
  return (
    <ul className="legend">
      <li className="key-water">in use</li>
      <li className="key-file">files</li>
      <li className="key-line">limit</li>
      {band && <li className="key-band">predicted</li>}
      {[...shown].map((colour) => (
        <li key={colour} className={`key-${colour}`}>
          {COLOUR_WORDS[colour]}
        </li>
      ))}
    </ul>
  );
}

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

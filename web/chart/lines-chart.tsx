/** @file Numbers over the steps of training, as lines: loss, speed, learning rate. */
import { useCallback, useMemo, useRef } from 'react';
import type uPlot from 'uplot';
import { formatNumber } from '../words/numbers.ts';
import { axis } from './axes.ts';
import './chart.css';
import type { ColourName, Colours } from './colours.ts';
import { type PlotOptions, usePlot } from './use-plot.ts';

export interface Line {
  readonly name: string;
  readonly colour: ColourName;
  /** one to see each */
  readonly dots?: boolean;
  readonly points: readonly (readonly [step: number, value: number])[];
}

interface Props {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly height?: number;
}

export function LinesChart({ title, lines, height = 130 }: Props) {
  const data = useMemo(() => aligned(lines), [lines]);
  const styles = useSame(lines.map(({ name, colour, dots = false }) => ({ name, colour, dots })));
  const optionsOf = useCallback(
    (colours: Colours): PlotOptions => ({
      legend: { show: false },
      padding: [8, 8, 0, 0],
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false } },
      axes: [
        axis(colours, { grid: { show: false }, size: 26, gap: 4 }),
        axis(colours, {
          size: 56,
          space: 28,
          values: (_plot, marks) => marks.map(formatNumber),
        }),
      ],
      series: [
        {},
        ...styles.map(({ name, colour, dots }) => ({
          label: name,
          stroke: colours[colour],
          width: dots ? 1 : 1.6,
          spanGaps: true,
          points: { show: dots, size: 7, fill: colours[colour] },
        })),
      ],
    }),
    [styles],
  );
  const { element } = usePlot(optionsOf, data, height);
  const last = lines.map(({ name, points }) => ({ name, value: points.at(-1)?.[1] }));
  return (
    <figure className="lines-chart">
      <figcaption>
        <h3>{title}</h3>
        <span>
          {last.map(({ name, value }, i) =>
            value === undefined ? null : (
              <span key={name}>
                {i > 0 && ' · '}
                {lines.length > 1 && <span className="soft">{name} </span>}
                <strong>{formatNumber(value)}</strong>
              </span>
            ),
          )}
        </span>
      </figcaption>
      <div ref={element} className="plot" role="img" aria-label={inWords(title, lines)} />
    </figure>
  );
}

/** The same object for as long as it says the same: a plot is not made anew with each new point. */
function useSame<T>(value: T): T {
  const last = useRef(value);
  if (JSON.stringify(last.current) !== JSON.stringify(value)) last.current = value;
  return last.current;
}

/** One column of steps for all lines. */
function aligned(lines: readonly Line[]): uPlot.AlignedData {
  const steps = [...new Set(lines.flatMap(({ points }) => points.map(([step]) => step)))];
  steps.sort((a, b) => a - b);
  const columns = lines.map(({ points }) => {
    const values = new Map(points);
    return steps.map((step) => values.get(step) ?? null);
  });
  return [steps, ...columns];
}

function inWords(title: string, lines: readonly Line[]): string {
  const each = lines.map(({ name, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    return first && last
      ? `${name} from ${formatNumber(first[1])} at step ${first[0]} to ${formatNumber(last[1])} at step ${last[0]}`
      : `${name}: nothing yet`;
  });
  return `${title}. ${each.join('; ')}`;
}

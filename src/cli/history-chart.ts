/** @file Memory of an attempt over time, up to its end, against the limit. Pure. */
import { formatDuration } from '#base';
import type { AttemptRecord, Verdict } from '#protocol';
import { barChart, type ChartOptions } from './memory-chart.ts';

/** A limit further up than that would leave all else flat beneath it. */
const LIMIT_IN_SIGHT = 2.5;
const HEADROOM = 1.04;
const WIDEST = 60;

type Samples = Pick<AttemptRecord['samples'][number], 'seconds' | 'unreclaimable'>[];

/** What others use under the same limit lies beneath. Nothing where nothing was sampled. */
export function historyChart(
  samples: Readonly<Samples>,
  verdict: Pick<Verdict, 'limit_bytes' | 'baseline_bytes' | 'seconds'>,
  options: ChartOptions,
): string[] {
  if (samples.length < 2) return [];
  const totals = overTime(samples, verdict.seconds).map((bytes) => bytes + verdict.baseline_bytes);
  const peak = Math.max(...totals);
  const bytes = verdict.limit_bytes;
  const limit = bytes !== null && bytes <= LIMIT_IN_SIGHT * peak ? bytes : null;
  const scale = { peak, limit, top: HEADROOM * Math.max(peak, limit ?? 0) };
  return [...barChart(totals, scale, options, (width) => axis(width, verdict.seconds)), ''];
}

/** Samples lie close at first and wide later; columns are as wide as each other. */
function overTime(samples: Readonly<Samples>, seconds: number): number[] {
  const columns = Math.min(WIDEST, samples.length);
  const end = Math.max(seconds, samples.at(-1)?.seconds ?? 0);
  const totals: number[] = [];
  for (let i = 0; i < columns; i++) {
    const [from, to] = [(i * end) / columns, ((i + 1) * end) / columns];
    const within = samples.filter((each) => each.seconds >= from && each.seconds < to);
    const before = totals.at(-1) ?? samples[0]?.unreclaimable ?? 0; // none: as it was
    totals.push(within.length > 0 ? Math.max(...within.map((each) => each.unreclaimable)) : before);
  }
  return totals;
}

/** `0 s        12 s` */
function axis(width: number, seconds: number): string {
  const end = formatDuration(seconds);
  return `0 s${end.padStart(Math.max(width - 3, end.length + 1))}`;
}

/** @file Two runs side by side: their memory on one scale, their numbers in one table, their losses in one chart. */
import { Link } from 'wouter';
import type { ServiceEvent, ServiceRun } from '#protocol';
import { useProgress, useRunEvents } from '../api/run-history.ts';
import { isGone, useRun } from '../api/runs.ts';
import { MemoryChart } from '../chart/memory-chart.tsx';
import { Failure, Waiting } from '../frame/notes.tsx';
import { modelOf } from '../runs/runs-table.tsx';
import { formatBytes } from '../words/bytes.ts';
import { formatNumber } from '../words/numbers.ts';
import { formatDuration, secondsBetween } from '../words/times.ts';
import { STATUS_WORDS, verdictWords } from '../words/verdicts.ts';
import { Gone } from './gone.tsx';
import { TrainingCharts } from './training-charts.tsx';

interface Props {
  readonly run: ServiceRun;
  readonly events: readonly ServiceEvent[];
  readonly other: number;
}

export function Compare({ run, events, other: id }: Props) {
  const { data: other, error, refetch } = useRun(id);
  const otherEvents = useRunEvents(id);
  if (isGone(error)) return <Gone id={id} wasHere={!!other} />;
  if (!other) return error ? <Failure error={error} onRetry={refetch} /> : <Waiting />;
  const most = {
    bytes:
      Math.max(...[run, other].map(({ limit, peak }) => Math.max(limit ?? 0, peak ?? 0))) * 1.14,
    seconds: Math.max(...[run, other].map(secondsOf)),
  };
  return (
    <div className="compare">
      <section className="panel" aria-label={`Memory of run ${run.id}`}>
        <h2>
          {run.id} {modelOf(run)}
        </h2>
        <MemoryChart run={run} events={events} most={most} height={280} />
      </section>
      <section className="panel" aria-label={`Memory of run ${id}`}>
        <h2>
          <Link href={`/runs/${id}`}>
            {id} {modelOf(other)}
          </Link>
        </h2>
        <MemoryChart run={other} events={otherEvents} most={most} height={280} />
      </section>
      <section className="panel" aria-label="Numbers">
        <Numbers runs={[run, other]} />
      </section>
      <section className="panel" aria-label="Training">
        <TrainingCharts runs={[run, other]} />
      </section>
    </div>
  );
}

function secondsOf({ startedAt, finishedAt }: ServiceRun): number {
  return secondsBetween(startedAt, finishedAt);
}

function Numbers({ runs: [run, other] }: { readonly runs: readonly [ServiceRun, ServiceRun] }) {
  const heldOut = [useProgress(run.id), useProgress(other.id)].map(
    ({ evaluations }) => evaluations.at(-1)?.loss ?? null,
  );
  const rows: readonly [string, (each: ServiceRun, i: number) => string][] = [
    ['Status', ({ status }) => STATUS_WORDS[status]],
    ['How it went', (each) => verdictWords(each).text],
    ['Limit', ({ limit }) => bytes(limit)],
    ['Predicted peak', ({ predicted }) => bytes(predicted)],
    ['Peak', ({ peak }) => bytes(peak)],
    ['Attempts', ({ attempts }) => String(attempts.length)],
    ['Steps', ({ progress }) => (progress ? `${progress.step} of ${progress.of}` : '–')],
    ['Took', (each) => formatDuration(secondsOf(each))],
    ['Examples', ({ datasetSize }) => (datasetSize === null ? '–' : formatNumber(datasetSize))],
    ['Loss', ({ finalLoss }) => (finalLoss === null ? '–' : formatNumber(finalLoss))],
    ['Held-out loss', (_each, i) => (heldOut[i] == null ? '–' : formatNumber(heldOut[i]))],
    ...differences(run, other),
  ];
  return (
    <table className="plain">
      <thead>
        <tr>
          <td />
          <th scope="col">Run {run.id}</th>
          <th scope="col">Run {other.id}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value(run, 0)}</td>
            <td>{value(other, 1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What was asked for otherwise. */
function differences(run: ServiceRun, other: ServiceRun): [string, (each: ServiceRun) => string][] {
  return [...new Set([...Object.keys(run.order), ...Object.keys(other.order)])]
    .filter((name) => asked(run, name) !== asked(other, name))
    .map((name) => [name, (each) => asked(each, name)]);
}

function asked({ order }: ServiceRun, name: string): string {
  const value: unknown = Reflect.get(order, name);
  if (value === undefined) return 'preset';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function bytes(value: number | null): string {
  return value === null ? '–' : formatBytes(value);
}

/** @file One run: its memory in the middle, how training goes beside it, why it ended and what it has left below. */
import { useEffect } from 'react';
import { useSearchParams } from 'wouter';
import { useRunEvents } from '../api/run-history.ts';
import { isGone, useRun, useRunsLive } from '../api/runs.ts';
import { Failure, Problem, Waiting } from '../frame/notes.tsx';
import { MemoryChart } from '../chart/memory-chart.tsx';
import { modelOf } from '../runs/runs-table.tsx';
import { Compare } from './compare.tsx';
import { Figures } from './figures.tsx';
import { Gone } from './gone.tsx';
import { RunHead } from './run-head.tsx';
import './run-page.css';
import { RunTabs } from './run-tabs.tsx';
import { TrainingCharts } from './training-charts.tsx';

export function RunPage({ id }: { readonly id: number }) {
  const { data: run, error, refetch } = useRun(id);
  const events = useRunEvents(id);
  const [query] = useSearchParams();
  const named = Number(query.get('with'));
  const other = Number.isInteger(named) && named > 0 && named !== id ? named : null;
  useRunsLive();
  useEffect(() => {
    document.title = run ? `Run ${run.id}, ${modelOf(run)} · Plimsoll` : `Run ${id} · Plimsoll`;
  }, [run, id]);
  if (isGone(error)) return <Gone id={id} wasHere={!!run} />;
  if (!run) return error ? <Failure error={error} onRetry={refetch} /> : <Waiting />;
  return (
    <>
      <RunHead run={run} other={other} />
      {error && <Problem error={error} onRetry={refetch} />}
      {other !== null ? (
        <Compare run={run} events={events} other={other} />
      ) : (
        <>
          <div className="run-top">
            <section className="panel" aria-label="Memory">
              <MemoryChart run={run} events={events} />
            </section>
            <section className="panel run-side" aria-label="Training">
              <Figures run={run} />
              <TrainingCharts runs={[run]} />
            </section>
          </div>
          <RunTabs run={run} events={events} />
        </>
      )}
    </>
  );
}

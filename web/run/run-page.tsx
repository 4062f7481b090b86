/** @file One run: its memory in the middle, how training goes beside it, why it ended and what it has left below. */
import { useEffect } from 'react';
import { Link, useSearchParams } from 'wouter';
import { Refusal } from '../api/request.ts';
import { useRunEvents } from '../api/run-history.ts';
import { useRun, useRunsLive } from '../api/runs.ts';
import { Failure, Note, Problem, Waiting } from '../frame/notes.tsx';
import { MemoryChart } from '../chart/memory-chart.tsx';
import { modelOf } from '../runs/runs-table.tsx';
import { Compare } from './compare.tsx';
import { Figures } from './figures.tsx';
import { RunHead } from './run-head.tsx';
import './run-page.css';
import { RunTabs } from './run-tabs.tsx';
import { TrainingCharts } from './training-charts.tsx';

export function RunPage({ id }: { readonly id: number }) {
  const { data: run, error, refetch } = useRun(id);
  const events = useRunEvents(id);
  const [query] = useSearchParams();
  const other = Number(query.get('with'));
  useRunsLive();
  useEffect(() => {
    document.title = run ? `Run ${run.id}, ${modelOf(run)} · Plimsoll` : `Run ${id} · Plimsoll`;
  }, [run, id]);
  if (error instanceof Refusal && error.status === 404) return <Gone id={id} wasHere={!!run} />;
  if (!run) return error ? <Failure error={error} onRetry={refetch} /> : <Waiting />;
  return (
    <>
      <RunHead run={run} />
      {error && <Problem error={error} onRetry={refetch} />}
      {Number.isInteger(other) && other > 0 && other !== id ? (
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

function Gone({ id, wasHere }: { readonly id: number; readonly wasHere: boolean }) {
  return (
    <div role="alert">
      <Note title={wasHere ? `Run ${id} was deleted` : `There is no run ${id}`}>
        <p>
          {wasHere
            ? 'Somebody has deleted it, with its folder, while it was shown here.'
            : 'It may have been deleted.'}{' '}
          <Link href="/">All runs</Link>
        </p>
      </Note>
    </div>
  );
}

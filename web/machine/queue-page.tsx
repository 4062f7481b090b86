/** @file Queue and machine: who has how much of the limit, who waits for what, what the machine can prove. Live. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { RunStatus, ServiceRun } from '#protocol';
import { useServiceMemory } from '../api/machine.ts';
import { getJson } from '../api/request.ts';
import { RUNS, useRunsLive } from '../api/runs.ts';
import { Failure, Problem, Waiting as OneMoment } from '../frame/notes.tsx';
import { modelOf } from '../runs/runs-table.tsx';
import { Doctor } from './doctor.tsx';
import { Holders } from './holders.tsx';
import { holdsOf } from './holds.ts';
import './queue-page.css';
import { Schedules } from './schedules.tsx';
import { Vessel } from './vessel.tsx';
import { Waiting } from './waiting.tsx';

/** As often as the service looks at what runs. */
const LOOK_MS = 1000;

export function QueuePage() {
  const { data: memory, error, refetch } = useServiceMemory(LOOK_MS);
  const running = useRunsOf('running');
  const waiting = useRunsOf('queued');
  useRunsLive();
  useEffect(() => {
    document.title = 'Queue and machine · Plimsoll';
  }, []);
  if (!memory) return error ? <Failure error={error} onRetry={refetch} /> : <OneMoment />;
  const names = new Map(running.data?.map((run) => [run.id, modelOf(run)]));
  const holds = holdsOf(memory, (id) => names.get(id) ?? '…');
  const problem = error ?? running.error ?? waiting.error;
  return (
    <div className="queue-page">
      <h1>Queue and machine</h1>
      {problem && <Problem error={problem} onRetry={refetch} />}
      <section className="panel" aria-label="Memory shared out">
        <Vessel memory={memory} holds={holds} />
        <Holders memory={memory} holds={holds} running={running.data ?? []} />
      </section>
      <section className="panel" aria-label="Queue">
        <h2>Who waits</h2>
        <Waiting waiting={waiting.data ?? []} free={holds.at(-1)?.bytes ?? 0} />
      </section>
      <section className="panel" aria-label="Schedules">
        <h2>By the clock</h2>
        <Schedules />
      </section>
      <section className="panel" aria-label="Machine">
        <h2>What verdicts can prove here</h2>
        <Doctor />
      </section>
    </div>
  );
}

/** The most that the service lists at once. */
const MOST = 1000;

function useRunsOf(status: RunStatus) {
  return useQuery({
    queryKey: ['runs', 'of', status],
    queryFn: async ({ signal }) =>
      await getJson<ServiceRun[]>(`${RUNS}?status=${status}&limit=${MOST}`, signal),
  });
}

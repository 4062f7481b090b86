/** @file Runs: the list and each of them, kept up to date by what the stream tells. */
import {
  keepPreviousData,
  type QueryClient,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { RunStatus, ServiceEvent, ServiceRun } from '#protocol';
import { useLive } from './live-context.tsx';
import { getJson, Refusal, send } from './request.ts';

export const RUNS = '/api/v1/admin/training/runs';

export interface RunFilter {
  readonly status: RunStatus | null;
  readonly search: string;
  /** only those with a smaller id: the next page */
  readonly before: number | null;
}

export const PAGE_SIZE = 50;

export function useRuns({ status, search, before }: RunFilter) {
  const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
  if (status !== null) query.set('status', status);
  if (search !== '') query.set('search', search);
  if (before !== null) query.set('before', String(before));
  return useQuery({
    queryKey: ['runs', query.toString()],
    queryFn: async ({ signal }) => await getJson<ServiceRun[]>(`${RUNS}?${query}`, signal),
    placeholderData: keepPreviousData,
  });
}

export function useRun(id: number, enabled = true) {
  return useQuery({
    enabled,
    queryKey: ['run', id],
    queryFn: async ({ signal }) => await getJson<ServiceRun>(`${RUNS}/${id}`, signal),
  });
}

/** Whether there is no such run, or none any more. */
export function isGone(error: Error | null): boolean {
  return error instanceof Refusal && error.status === 404;
}

/** At most so often lists are asked for again: a service may tell hundreds of events a second. */
const RENEW_MS = 800;

/** Keeps the lists and the runs that are shown as they are now. */
export function useRunsLive(): void {
  const client = useQueryClient();
  const renewal = useMemo(() => renewing(client), [client]);
  useEffect(() => renewal.stop, [renewal]);
  useLive(renewal.listener);
}

function renewing(client: QueryClient) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const due = new Set<number>();
  const renew = (): void => {
    timer = undefined;
    for (const id of due) void client.invalidateQueries({ queryKey: ['run', id] });
    due.clear();
    void client.invalidateQueries({ queryKey: ['runs'] });
  };
  return {
    listener: {
      onEvent: (event: ServiceEvent) => {
        if (event.type === 'step') {
          progressed(client, event);
          return;
        }
        if (event.type === 'deleted') dropped(client, event.run);
        else due.add(event.run);
        timer ??= setTimeout(renew, RENEW_MS);
      },
      onConnect: () => {
        void client.invalidateQueries({ queryKey: ['runs'] });
        void client.invalidateQueries({ queryKey: ['run'] });
      },
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** A step says all that a list shows of it: nothing is asked for. */
function progressed(client: QueryClient, { run: id, data }: ServiceEvent): void {
  const { step, of } = data;
  if (typeof step !== 'number' || typeof of !== 'number') return;
  const moved = (run: ServiceRun): ServiceRun =>
    run.id === id ? { ...run, progress: { step, of } } : run;
  client.setQueriesData<ServiceRun[]>({ queryKey: ['runs'] }, (runs) => runs?.map(moved));
  client.setQueryData<ServiceRun>(['run', id], (run) => run && moved(run));
}

/** Whoever looks at it is told at once; lists are without it before they are asked for again. */
function dropped(client: QueryClient, id: number): void {
  client.setQueriesData<ServiceRun[]>({ queryKey: ['runs'] }, (runs) =>
    runs?.filter((run) => run.id !== id),
  );
  void client.invalidateQueries({ queryKey: ['run', id] });
}

/** Ids of the runs that were deleted while this was shown, the newest first. */
export function useDeletedRuns(): readonly number[] {
  const [deleted, setDeleted] = useState<readonly number[]>([]);
  const listener = useMemo(
    () => ({
      onEvent: ({ type, run }: ServiceEvent) => {
        if (type === 'deleted') setDeleted((before) => [run, ...before]);
      },
    }),
    [],
  );
  useLive(listener);
  return deleted;
}

export type RunAction = 'cancel' | 'pause' | 'resume' | 'priority' | 'retry' | 'delete';

/** Resolves to the run that came of it; null for a deletion. */
export function useRunAction(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ action, body }: { action: RunAction; body?: object }) =>
      action === 'delete'
        ? await send<ServiceRun>('DELETE', `${RUNS}/${id}`)
        : await send<ServiceRun>('POST', `${RUNS}/${id}/${action}`, body),
    onError: () => void client.invalidateQueries({ queryKey: ['run', id] }), // it may have been deleted
    onSuccess: (run, { action }) => {
      if (run && action === 'cancel') client.setQueryData(['run', id], run);
      void client.invalidateQueries({ queryKey: ['runs'] });
    },
  });
}

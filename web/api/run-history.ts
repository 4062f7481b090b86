/** @file What a run has told and taken so far, and goes on telling: events, steps, memory. Without gaps. */
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { RunProgress, ServiceEvent, ServiceSample } from '#protocol';
import { useLive } from './live-context.tsx';
import { withNewer } from './newer-samples.ts';
import { getJson } from './request.ts';
import { RUNS } from './runs.ts';

const PAGE = 1000;

/**
 * All events of a run but its steps. Asked for on each connection, after the last that is here; what comes later the
 * stream tells. One that both tell is known by its number.
 */
export function useRunEvents(id: number): readonly ServiceEvent[] {
  const [events, setEvents] = useState<readonly ServiceEvent[]>([]);
  const history = useMemo(() => eventsOf(id, setEvents), [id]);
  useEffect(() => {
    setEvents([]);
    return history.stop;
  }, [history]);
  useLive(history.listener);
  return events;
}

const RETRY_MS = 2000;

function eventsOf(id: number, onChange: (events: readonly ServiceEvent[]) => void) {
  let all: ServiceEvent[] = [];
  /** what the stream tells while those before it are asked for; null where they are here */
  let early: ServiceEvent[] | null = [];
  let loading = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const add = (more: readonly ServiceEvent[]): void => {
    const last = all.at(-1)?.seq ?? 0;
    const fresh = more.filter(({ seq }) => seq > last);
    if (fresh.length === 0) return;
    all = [...all, ...fresh];
    onChange(all);
  };
  const load = async (): Promise<void> => {
    early ??= [];
    if (loading) return;
    loading = true;
    clearTimeout(timer);
    try {
      for (let isMore = true; isMore;) {
        const query = `run=${id}&without=step&limit=${PAGE}&after=${all.at(-1)?.seq ?? 0}`;
        const page = await getJson<ServiceEvent[]>(`/api/v1/events?${query}`);
        add(page);
        isMore = page.length === PAGE;
      }
      add(early);
      early = null;
    } catch {
      timer = setTimeout(() => void load(), RETRY_MS); // what is wrong, the run's own query tells
    } finally {
      loading = false;
    }
  };
  return {
    listener: {
      onConnect: () => void load(),
      onEvent: (event: ServiceEvent) => {
        if (event.run !== id || event.type === 'step') return;
        if (early) early.push(event);
        else add([event]);
      },
    },
    stop: () => clearTimeout(timer),
  };
}

/** So many steps and samples are asked for at once: more than a chart has pixels. */
export const POINTS = 2000;

const NONE: RunProgress = { steps: [], evaluations: [] };

/** Losses, speed and learning rate over the steps; thinned where they are many. */
export function useProgress(id: number): RunProgress {
  const client = useQueryClient();
  const key = useMemo(() => ['progress', id], [id]);
  const { data = NONE } = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) =>
      await getJson<RunProgress>(`${RUNS}/${id}/progress?points=${POINTS}`, signal),
    staleTime: Infinity,
  });
  const listener = useMemo(
    () => ({
      onConnect: () => void client.invalidateQueries({ queryKey: key }),
      onEvent: (event: ServiceEvent) => {
        if (event.run !== id) return;
        client.setQueryData<RunProgress>(key, (before) => before && withEvent(before, event));
      },
    }),
    [client, key, id],
  );
  useLive(listener);
  return data;
}

function withEvent(before: RunProgress, { type, time, data }: ServiceEvent): RunProgress {
  const number = (name: string): number => Number(data[name]);
  if (type === 'step') {
    const step = {
      step: number('step'),
      time,
      loss: number('loss'),
      learningRate: number('learningRate'),
      tokensPerSecond: number('tokensPerSecond'),
    };
    return { ...before, steps: [...before.steps, step] };
  }
  if (type !== 'evaluation') return before;
  const exactMatch = typeof data['exactMatch'] === 'number' ? data['exactMatch'] : null;
  const evaluation = { step: number('step'), time, loss: number('loss'), exactMatch };
  return { ...before, evaluations: [...before.evaluations, evaluation] };
}

export interface TimeRange {
  /** milliseconds */
  readonly from: number;
  readonly to: number;
}

/** Each second, as the service samples. */
const SAMPLE_MS = 1000;

/**
 * Memory over the whole run; while it goes on what came since the last sample is asked for each second, and after a
 * broken connection too: there is no gap.
 */
export function useMemory(id: number, goesOn: boolean): readonly ServiceSample[] {
  const client = useQueryClient();
  const key = useMemo(() => ['memory', id], [id]);
  const path = `${RUNS}/${id}/memory?points=${POINTS}`;
  const { data } = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => await getJson<ServiceSample[]>(path, signal),
    staleTime: Infinity,
  });
  const isThere = data !== undefined;
  useEffect(() => {
    if (!isThere) return undefined;
    const renew = async (): Promise<void> => {
      const before = client.getQueryData<ServiceSample[]>(key) ?? [];
      if (before.length > 2 * POINTS) {
        await client.refetchQueries({ queryKey: key });
        return;
      }
      const last = before.at(-1)?.time;
      const told = await getJson<ServiceSample[]>(last ? `${path}&from=${last}` : path);
      client.setQueryData<readonly ServiceSample[]>(key, (now = []) => withNewer(now, told));
    };
    const quietly = () => void renew().catch(() => undefined); // the next second tries again
    if (!goesOn) {
      quietly(); // the last ones
      return undefined;
    }
    const timer = setInterval(quietly, SAMPLE_MS);
    return () => clearInterval(timer);
  }, [client, key, path, goesOn, isThere]);
  return data ?? [];
}

/** A part of it, as closely as it was sampled; null where none is looked at. */
export function useMemoryDetail(
  id: number,
  range: TimeRange | null,
): readonly ServiceSample[] | null {
  const { data } = useQuery({
    queryKey: ['memory-detail', id, range],
    queryFn: async ({ signal }) => {
      const [from, to] = [range?.from ?? 0, range?.to ?? 0].map((ms) => new Date(ms).toISOString());
      const query = `points=${POINTS}&from=${from}&to=${to}`;
      return await getJson<ServiceSample[]>(`${RUNS}/${id}/memory?${query}`, signal);
    },
    enabled: range !== null,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
  return range === null ? null : (data ?? null);
}

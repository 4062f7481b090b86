/** @file The service and its machine: who has how much memory, which models there are, schedules, what can be proven. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { MachineSurvey, OpenAiModel, TrainingSchedule } from '#protocol';
import { getJson, send } from './request.ts';

/** Bytes. */
export interface ServiceMemory {
  readonly limit: number;
  /** who set it, in words */
  readonly from: string;
  /** of it, for the service itself */
  readonly reserve: number;
  /** the rest: for runs and answers */
  readonly capacity: number;
  readonly runs: readonly {
    readonly id: number;
    readonly limit: number;
    /** null before it was first seen */
    readonly used: number | null;
  }[];
  /** the model that is open to answer */
  readonly answering: { readonly model: string; readonly limit: number } | null;
}

const MEMORY = '/api/v1/memory';

/** As it is now, which is no more so a second later. */
export async function memoryNow(): Promise<ServiceMemory> {
  return await getJson<ServiceMemory>(MEMORY);
}

/** @param everyMs it is asked for again; false for never */
export function useServiceMemory(everyMs: number | false) {
  return useQuery({
    queryKey: ['memory-shared'],
    queryFn: async ({ signal }) => await getJson<ServiceMemory>(MEMORY, signal),
    refetchInterval: everyMs,
    staleTime: 0,
  });
}

/** Bases, then tuned ones, the newest first. */
export function useModels() {
  return useQuery({
    queryKey: ['models'],
    queryFn: async ({ signal }) =>
      (await getJson<{ readonly data: readonly OpenAiModel[] }>('/v1/models', signal)).data,
    staleTime: 0,
  });
}

const SCHEDULES = '/api/v1/schedules';
const SCHEDULES_MS = 30_000;

export function useSchedules() {
  return useQuery({
    queryKey: ['schedules'],
    queryFn: async ({ signal }) => await getJson<TrainingSchedule[]>(SCHEDULES, signal),
    refetchInterval: SCHEDULES_MS,
  });
}

export function useDeleteSchedule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) => await send('DELETE', `${SCHEDULES}/${name}`),
    onSettled: () => void client.invalidateQueries({ queryKey: ['schedules'] }),
  });
}

export function useSurvey() {
  return useQuery({
    queryKey: ['doctor'],
    queryFn: async ({ signal }) => await getJson<MachineSurvey>('/api/v1/doctor', signal),
    staleTime: 60_000,
  });
}

export function useVersion() {
  return useQuery({
    queryKey: ['version'],
    queryFn: async ({ signal }) => (await getJson<{ version: string }>('/health', signal)).version,
    staleTime: 60_000,
  });
}

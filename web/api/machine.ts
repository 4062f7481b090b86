/** @file The service and its machine: who has how much memory, which models there are, schedules, what can be proven. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { OpenAiModel, TrainingSchedule } from '#protocol';
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

/** Of `plimsoll doctor`, what is shown. Bytes; null for none, or for what cannot be seen. */
export interface Survey {
  readonly cgroup_version: 1 | 2 | null;
  readonly cgroup: string | null;
  /** why no group can be made for a run */
  readonly no_group: string | null;
  readonly limit_bytes: number | null;
  readonly limit_from: string;
  readonly limit_used_bytes: number;
  readonly throttle_bytes: number | null;
  readonly throttle_from: string | null;
  readonly oom_group: boolean | null;
  readonly machine_pressure: boolean;
  readonly group_pressure: boolean;
  /** why it cannot be read */
  readonly no_kernel_log: string | null;
  readonly killers: readonly string[];
  readonly swap_bytes: number;
  readonly memory_bytes: number;
  readonly left_groups: readonly {
    readonly folder: string;
    readonly processes: readonly number[];
  }[];
  readonly proves: readonly {
    readonly what: string;
    readonly grade: 'proven' | 'likely' | 'not';
    readonly by: string;
  }[];
}

export function useSurvey() {
  return useQuery({
    queryKey: ['doctor'],
    queryFn: async ({ signal }) => await getJson<Survey>('/api/v1/doctor', signal),
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

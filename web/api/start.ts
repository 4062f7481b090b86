/** @file Before a run: what an order leaves out, what the run would take, what its data is; and its beginning. */
import {
  keepPreviousData,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { DataFile, DataPreview, OrderDefaults, Prediction, ServiceRun } from '#protocol';
import { getJson, send } from './request.ts';

const TRAINING = '/api/v1/admin/training';

/** As it is filled in: whether it is a good one is for the service to say, field by field. */
export type Order = Readonly<Record<string, unknown>>;

export function useOrderDefaults() {
  return useQuery({
    queryKey: ['order-defaults'],
    queryFn: async ({ signal }) => await getJson<OrderDefaults>(`${TRAINING}/defaults`, signal),
    staleTime: Infinity,
  });
}

/** While others run it may change: it is not kept for long. */
const KEPT_MS = 10_000;

/** Where the order changes before the answer is there, the question is taken back. */
function predictionOf(order: Order) {
  return queryOptions({
    queryKey: ['prediction', order],
    queryFn: async ({ signal }) => await asked<Prediction>('/api/v1/plan', order, signal),
    staleTime: KEPT_MS,
  });
}

export function usePrediction(order: Order, enabled: boolean) {
  return useQuery({ ...predictionOf(order), enabled, placeholderData: keepPreviousData });
}

export function usePreview(order: Order, enabled: boolean) {
  return useQuery({
    queryKey: ['data-preview', order],
    queryFn: async ({ signal }) => await asked<DataPreview>('/api/v1/data/preview', order, signal),
    enabled,
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

/** @param search a part of the name; empty for the newest */
export function useSentFiles(search: string) {
  const query = new URLSearchParams({ limit: '50', ...(search !== '' && { search }) });
  return useQuery({
    queryKey: ['sent-files', search],
    queryFn: async ({ signal }) => await getJson<DataFile[]>(`/api/v1/data?${query}`, signal),
    placeholderData: keepPreviousData,
  });
}

export interface Start {
  /** what the planner is asked about */
  readonly order: Order;
  /** and what only the queue is told */
  readonly queue?: Order;
}

/** Asks first whether it fits, and starts nothing that cannot. @throws what `refusalOf` makes, Refusal */
export function useStart(refusalOf: (prediction: Prediction) => Error | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ order, queue }: Start) => {
      const refusal = refusalOf(await client.fetchQuery(predictionOf(order)));
      if (refusal) throw refusal;
      return await asked<ServiceRun>(`${TRAINING}/trigger`, { ...order, ...queue });
    },
    onSuccess: () => void client.invalidateQueries({ queryKey: ['runs'] }),
  });
}

async function asked<T>(path: string, body: Order, signal?: AbortSignal): Promise<T> {
  const answer = await send<T>('POST', path, body, signal);
  if (answer === null) throw new Error(`internal: ${path} has answered nothing`);
  return answer;
}

/** @file What would have helped a run, and the run once more with that. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PlanOrder, Prediction, Remedy, ServiceRun } from '#protocol';
import { getJson, send } from './request.ts';
import { RUNS } from './runs.ts';

/** The planner is asked, which takes some seconds; what it says of a run that has ended stays. */
export function useSolutions({ id, verdict, finishedAt }: ServiceRun) {
  return useQuery({
    queryKey: ['solutions', id],
    queryFn: async ({ signal }) => await getJson<Remedy[]>(`${RUNS}/${id}/solutions`, signal),
    enabled: finishedAt !== null && (verdict?.remedies.length ?? 0) > 0,
    staleTime: Infinity,
  });
}

/**
 * The run once more, with some of its order changed. Asks first whether that fits, and starts nothing that cannot.
 *
 * @throws what `refusalOf` makes, Refusal
 */
export function useRetry(
  { id, order }: ServiceRun,
  refusalOf: (prediction: Prediction) => Error | null,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (changes: PlanOrder) => {
      const { training_type: _type, priority: _priority, exclusive: _exclusive, ...asked } = order;
      const plan = { ...asked, ...changes };
      const prediction = await send<Prediction>('POST', '/api/v1/plan', plan);
      const refusal = prediction && refusalOf(prediction);
      if (refusal) throw refusal;
      return await send<ServiceRun>('POST', `${RUNS}/${id}/retry`, changes);
    },
    onError: () => void client.invalidateQueries({ queryKey: ['run', id] }), // it may have been deleted
    onSuccess: () => void client.invalidateQueries({ queryKey: ['runs'] }),
  });
}

/** @file What would have helped a run that ran out of memory: with what it takes, and what of it can be asked for. */
import { z } from 'zod';
import { fail } from '#base';
import { remedySchema } from '#protocol';
import type { Store } from '#store';
import type { Explainer } from '../children/explainer.ts';
import { type Route, route } from '../http/route.ts';
import type { Places } from '../orders/order-words.ts';
import { folderOf } from '../runs/begin-attempt.ts';
import type { Capacity } from '../runs/capacity.ts';
import { verdictOf } from '../runs/follow-up.ts';
import { servedSolution } from './served-solution.ts';

export interface SolutionParts {
  readonly store: Pick<Store, 'runs'>;
  readonly explainer: Explainer;
  readonly capacity: Pick<Capacity, 'bytes'>;
  readonly places: Places;
}

export function solutionRoutes({ store, explainer, capacity, places }: SolutionParts): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/admin/training/runs/{id}/solutions',
      summary:
        'What would have helped a run that ran out of memory, and what it takes. The planner is asked; `retry` is for POST .../retry',
      scope: 'read',
      params: z.strictObject({ id: z.coerce.number().int().min(1) }),
      answer: { status: 200, schema: z.array(remedySchema) },
      errors: ['RUN_UNKNOWN'],
      handle: async ({ params: { id }, signal }) => {
        const run = store.runs.byId(id) ?? fail('RUN_UNKNOWN', { id });
        const attempt = store.runs.attempts([id]).at(-1);
        if (run.finished_at === null || !attempt) return [];
        const { remedies } = verdictOf(attempt);
        if (run.command_order !== null || remedies.length === 0) return remedies;
        // What was known at its end is more than nothing: its folder may be gone.
        const planned = await explainer.ask(folderOf(run, attempt.number), signal);
        return (planned ?? remedies).map((each) => servedSolution(each, id, { capacity, places }));
      },
    }),
  ];
}

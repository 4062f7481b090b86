/** @file Asks `plimsoll plan` what a run will take. */
import { check, type Prediction, predictionSchema } from '#protocol';
import { type ChildQueue, parsed, type Refusal } from './child-queue.ts';

export type Answer =
  | { readonly kind: 'predicted'; readonly prediction: Prediction }
  | ({ readonly kind: 'refused' } & Refusal);

export interface Planner {
  /** @param words flags of `plimsoll plan` @param memory bytes of the limit @param signal nobody waits any more */
  ask(words: readonly string[], memory: number, signal?: AbortSignal): Promise<Answer>;
}

export function plannerOf(children: ChildQueue): Planner {
  return {
    ask: async (words, memory, signal) => {
      const limit = ['--memory', String(memory)];
      const asked = ['plan', '--json', ...limit, ...words];
      const { stdout, refusal } = await children.ask(asked, signal);
      const prediction = check(predictionSchema, parsed(stdout)).value;
      return prediction ? { kind: 'predicted', prediction } : { kind: 'refused', ...refusal };
    },
  };
}

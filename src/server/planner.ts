/** @file Asks `plimsoll plan` what a run will take. */
import { check, type Prediction, predictionSchema } from '#protocol';
import { type ChildQueue, parsed } from './child-queue.ts';

export type Answer =
  | { readonly kind: 'predicted'; readonly prediction: Prediction }
  /** of the error table, or INTERNAL */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

export interface Planner {
  /** @param words flags of `plimsoll plan` @param memory bytes of the limit */
  ask(words: readonly string[], memory: number): Promise<Answer>;
}

export function plannerOf(children: ChildQueue): Planner {
  return {
    ask: async (words, memory) => {
      const limit = ['--memory', String(memory)];
      const { stdout, refusal } = await children.ask(['plan', '--json', ...limit, ...words]);
      const prediction = check(predictionSchema, parsed(stdout)).value;
      return prediction ? { kind: 'predicted', prediction } : { kind: 'refused', ...refusal };
    },
  };
}

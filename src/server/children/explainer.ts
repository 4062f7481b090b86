/** @file Asks `plimsoll explain` what would have helped an attempt, and what each of that takes. */
import { attemptRecordSchema, check, type Remedy } from '#protocol';
import { type ChildQueue, parsed } from './child-queue.ts';

export interface Explainer {
  /** Null where it has no answer. @param folder of the attempt's record @param signal nobody waits any more */
  ask(folder: string, signal: AbortSignal): Promise<readonly Remedy[] | null>;
}

export function explainerOf(children: ChildQueue): Explainer {
  return {
    ask: async (folder, signal) => {
      const { stdout } = await children.ask(['explain', folder, '--json'], signal);
      return check(attemptRecordSchema, parsed(stdout)).value?.verdict.remedies ?? null;
    },
  };
}

/** @file What a model takes to answer: asked of our own command line once, and corrected by what was seen. */
import { fail } from '#base';
import { type AnsweringNeed, answeringNeedSchema, check } from '#protocol';
import { type ChildQueue, parsed } from '../children/child-queue.ts';

export interface AnsweringNeeds {
  /** @param words flags of `plimsoll answer` @throws PlimsollError ANSWERING_FAILED */
  of(model: string, words: readonly string[]): Promise<AnsweringNeed>;
  /** It was killed by its own limit of so many bytes: it needs more. */
  wasTooSmall(words: readonly string[], limit: number): void;
}

/** Of the limit that was too small; and at the most, of what was predicted: beyond that more is no help. */
const MORE = 1.25;
const MOST = 2;

export function answeringNeeds(children: ChildQueue): AnsweringNeeds {
  const known = new Map<string, AnsweringNeed & { readonly predicted: number }>();
  return {
    of: async (model, words) => {
      const before = known.get(keyOf(words));
      if (before) return before;
      const { stdout, refusal } = await children.ask(['answer', '--need', '--json', ...words]);
      const need = check(answeringNeedSchema, parsed(stdout)).value;
      if (!need) return fail('ANSWERING_FAILED', { model, problem: refusal.message });
      known.set(keyOf(words), { ...need, predicted: need.least_bytes });
      return need;
    },
    wasTooSmall: (words, limit) => {
      const need = known.get(keyOf(words));
      if (!need) return;
      const more = Math.max(need.least_bytes, limit * MORE);
      const least_bytes = Math.ceil(Math.min(more, need.predicted * MOST));
      known.set(keyOf(words), { ...need, least_bytes });
    },
  };
}

function keyOf(words: readonly string[]): string {
  return words.join('\0');
}

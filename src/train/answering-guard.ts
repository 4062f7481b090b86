/**
 * @file Keeps evaluation and generation within the memory that is left: as many examples are answered at
 * once as there is room for. Fewer at once give the same answers, in more time.
 */
import type { TokenExample } from '#models';
import { answeringMemory, type AnsweringSubject } from '#plan';
import type { Plan } from '#protocol';
import { OutOfRoom, RESERVE, type Room } from './memory-guard.ts';

/** The first of the examples, as many as fit. @throws OutOfRoom where not even one does */
export type FirstThatFit = (examples: readonly TokenExample[]) => readonly TokenExample[];

/** `budget`: bytes that it takes at most where more than one is answered, so that the run's peak stays. */
export function answeringGuard(
  subject: AnsweringSubject,
  plan: Pick<Plan, 'lossChunk'>,
  room: () => Room,
  budget: number,
): FirstThatFit {
  const known = new Map<string, number>();
  const needOf = (examples: readonly TokenExample[]): number => {
    const longest = (side: 'source' | 'target') =>
      Math.max(...examples.map((example) => example[side].length));
    // Answers may be longer than what they are compared with.
    const [source, target] = [longest('source'), longest('target') + SURPLUS];
    const key = `${examples.length} ${source} ${target}`;
    const need =
      known.get(key) ?? answeringMemory(subject, { size: examples.length, source, target }, plan);
    known.set(key, need);
    return need;
  };
  return (examples) => {
    const left = room();
    for (let size = examples.length; size > 1; size = Math.ceil(size / 2)) {
      const batch = examples.slice(0, size);
      const need = needOf(batch);
      if (need <= budget && need + RESERVE <= left.bytes) return batch;
    }
    const need = needOf(examples.slice(0, 1)) + RESERVE;
    if (need > left.bytes) throw new OutOfRoom(need, left);
    return examples.slice(0, 1);
  };
}

/**
 * An answer that is this many tokens longer than every target of its batch can be none of them, so a
 * model that never ends is not waited for.
 */
export const SURPLUS = 4;

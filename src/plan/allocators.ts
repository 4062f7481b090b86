/**
 * @file What allocators hold beyond what is in use: glibc's heap, and ONNX Runtime's arenas where a plan has
 * them. No theory tells how well buffers of many sizes fit into each other's holes: measured, with glibc
 * 2.36 and ONNX Runtime 1.30.
 */
import type { Plan } from '#protocol';
import type { Moment } from './step-memory.ts';

/** Under this M_MMAP_THRESHOLD every buffer of a step is a mapping of its own: freed is given back. */
const EXACT_THRESHOLD = 256 * 1024;

/**
 * Holes that one session's buffers leave and the next one's do not fill: of what sessions hold, averaged
 * over a step. Measured at 1.3 to 6.7, half of it between 3.4 and 5.3.
 */
const HOLES = 4.4;

/** Of what its session holds at most: what an arena, which grows by doubling, has touched in the end. */
const ARENA = 1.5;
/** The same where it keeps, beside the buffers of the first run, the one block of those that follow. */
const ARENA_WITH_PATTERN = 2.7;

type Knobs = Pick<Plan, 'arena' | 'memoryPattern' | 'mmapThreshold'>;

/** Beyond what the session that holds most has in use. */
export function allocatorBytes(
  { arena, memoryPattern, mmapThreshold }: Knobs,
  moments: readonly Pick<Moment, 'label' | 'session'>[],
): number {
  const sessions = moments.map(({ session }) => session);
  if (arena) {
    const factor = memoryPattern ? ARENA_WITH_PATTERN : ARENA;
    return factor * sum(mostOfEachSession(moments)) - Math.max(...sessions);
  }
  // With a pattern all of a run's buffers are one block, which leaves no holes.
  if (memoryPattern || mmapThreshold <= EXACT_THRESHOLD) return 0;
  return HOLES * Math.min(sum(sessions) / sessions.length, mmapThreshold);
}

/** `forward` and `backward` of a segment are one session, with one arena. */
function mostOfEachSession(moments: readonly Pick<Moment, 'label' | 'session'>[]): number[] {
  const most = new Map<string, number>();
  for (const { label, session } of moments) {
    const name = label.split(' ').at(-1)!;
    most.set(name, Math.max(most.get(name) ?? 0, session));
  }
  return [...most.values()];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * @file Who begins, and who waits for what: runs share the service's memory by their predicted peaks. Pure.
 *
 * In order, and nobody is overtaken: a small run that passed a large one again and again would keep it waiting
 * for ever.
 */
import { formatBytes } from '#base';

export interface Waiting {
  readonly id: number;
  /** bytes that it would get; null while its peak is not predicted */
  readonly share: number | null;
}

export interface Running {
  readonly id: number;
  readonly share: number;
}

export interface Room {
  /** bytes for all runs together */
  readonly capacity: number;
  /** at once, at most */
  readonly most: number;
  /** of these bytes a model that answers has its share, until a run needs it; null where none does */
  readonly answering: { readonly model: string; readonly share: number } | null;
}

export interface Decision {
  /** those to begin now, in order */
  readonly begin: readonly number[];
  /** of those that go on waiting: 1 is next, and why it waits */
  readonly places: ReadonlyMap<number, { readonly place: number; readonly reason: string }>;
  /** the next would begin if the model that answers gave its share back */
  readonly wantsAnswering: boolean;
}

/** @param waiting in the order in which they are to begin */
export function decide(
  waiting: readonly Waiting[],
  running: readonly Running[],
  room: Room,
): Decision {
  const under: Running[] = [...running];
  const begin: number[] = [];
  const places = new Map<number, { place: number; reason: string }>();
  let wantsAnswering = false;
  for (const { id, share } of waiting) {
    const first = [...places.keys()][0];
    const reason = first === undefined ? obstacle(share, under, room) : `run ${first} is before it`;
    if (reason === null && share !== null) {
      begin.push(id);
      under.push({ id, share });
      continue;
    }
    places.set(id, { place: places.size + 1, reason: reason ?? UNPREDICTED });
    if (first === undefined && room.answering)
      wantsAnswering = obstacle(share, under, { ...room, answering: null }) === null;
  }
  return { begin, places, wantsAnswering };
}

const UNPREDICTED = 'its peak is being predicted';

/** Null for none. */
function obstacle(share: number | null, under: readonly Running[], room: Room): string | null {
  if (share === null) return UNPREDICTED;
  if (under.length >= room.most)
    return `${names(under)}: as many as may run at once (--concurrency)`;
  const { capacity, answering } = room;
  const taken = under.reduce((sum, each) => sum + each.share, answering?.share ?? 0);
  if (taken + share <= capacity) return null;
  const left = formatBytes(Math.max(capacity - taken, 0));
  const beside = [
    ...(under.length > 0 ? [names(under)] : []),
    ...(answering ? [`${answering.model}, which answers`] : []),
  ].join(' and ');
  return `it needs ${formatBytes(share)}, and ${left} of ${formatBytes(capacity)} are free beside ${beside}`;
}

function names(under: readonly Running[]): string {
  const ids = under.map(({ id }) => id).join(', ');
  return under.length === 1 ? `run ${ids}, which runs` : `runs ${ids}, which run`;
}

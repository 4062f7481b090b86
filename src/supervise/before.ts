/**
 * @file What is known before an attempt's first instruction, for what its end is compared with. Plain data: it
 * can be kept in a file, and outlive the process that looked.
 */
import { bindingLimit } from '#kernel';
import type { LimitOrigin } from '#protocol';
import type { KnownLimit } from './facts.ts';
import { type GroupBefore, groupsBefore, OWN_LIMIT } from './group-facts.ts';
import { originOfLimit } from './limit-origin.ts';
import { ownContainer } from './own-container.ts';
import type { Place } from './place.ts';
import { type LogMarks, markLogs } from './user-space-killers.ts';

export interface Before {
  readonly place: Place;
  /** the groups of `place`, in its order */
  readonly groups: readonly GroupBefore[];
  readonly container: LimitOrigin | null;
  readonly limit: KnownLimit;
  readonly killerLogs: LogMarks;
}

/** @param held bytes of a limit that only our guard holds; null for none */
export function lookBefore(place: Place, held: number | null): Before {
  const container = ownContainer();
  return {
    place,
    groups: groupsBefore(place),
    container,
    limit: limitAtStart(place, container, held),
    killerLogs: markLogs(),
  };
}

function limitAtStart(
  { cgroup, own }: Place,
  container: LimitOrigin | null,
  held: number | null,
): KnownLimit {
  const { bytes, from, used, group, kind } = bindingLimit({ cgroup });
  // An rlimit counts each process by itself: what ours has mapped is not the command's.
  const baseline = kind === 'cgroup' || kind === 'machine' ? used : 0;
  if (own !== null && group?.folder === own.folder) {
    return { bytes, from: OWN_LIMIT, origin: { kind: 'flag' }, baseline };
  }
  if (held !== null && held < bytes) {
    return { bytes: held, from: OWN_LIMIT, origin: { kind: 'flag' }, baseline: 0 };
  }
  const around = { hidden: cgroup.hidden, container };
  return { bytes, from, origin: originOfLimit({ kind, group }, around), baseline };
}

/** @file What the id of a tuned model says: what it was made from, and by which run. */

export interface TunedModel {
  readonly id: string;
  /** as it was ordered: the id of a base, less the revision where one was asked for */
  readonly base: string;
  /** of the job, where a job asked for it; else empty */
  readonly suffix: string;
  /** the identifier of its run */
  readonly run: string;
}

/** `ft:BASE:plimsoll:SUFFIX:RUN`. A base may have colons in it; a suffix and a run have none. */
const TUNED = /^ft:(.+):plimsoll:([^:]*):([^:]+)$/;

/** Null for a base. */
export function tunedModel(id: string): TunedModel | null {
  const [, base, suffix = '', run] = TUNED.exec(id) ?? [];
  return base === undefined || run === undefined ? null : { id, base, suffix, run };
}

/**
 * The id of its base among those that the service has; null where none is surely that.
 *
 * A base of a certain revision is `NAME@REVISION` there. Where there are several, which was it is not known.
 */
export function baseAmong(ids: readonly string[], { base }: TunedModel): string | null {
  if (ids.includes(base)) return base;
  const [only, ...others] = ids.filter((id) => id.startsWith(`${base}@`));
  return only !== undefined && others.length === 0 ? only : null;
}

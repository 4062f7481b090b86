/** @file From the facts of an attempt's end to its verdict. Pure. */
import { MACHINE_LIMIT } from '#kernel';
import type { LimitOrigin, Verdict } from '#protocol';
import { classify } from './classify.ts';
import { evidenceOf, missingOf } from './evidence.ts';
import type { Facts, KnownLimit } from './facts.ts';
import { OWN_LIMIT } from './group-facts.ts';
import { originOfGroup } from './limit-origin.ts';
import type { Load } from './pressure-guard.ts';
import { type Fired, type Reading, readingOf } from './reading.ts';
import { remediesFor } from './remedies.ts';

export function verdictOf(facts: Facts): Verdict {
  const reading = readingOf(facts);
  const { cause, grade } = classify(reading);
  const limit = limitOf(reading);
  const fired = firedIn(reading);
  const peak = peakOf(facts, fired);
  return {
    cause,
    grade,
    exit_code: facts.exitCode,
    signal: facts.signal,
    limit_bytes: limit.bytes,
    limit_from: limit.from,
    limit_origin: limit.origin,
    baseline_bytes: limit.baseline,
    peak_bytes: peak,
    peak_file_bytes: facts.peak?.file ?? null,
    predicted_peak_bytes: facts.trainer?.prediction?.predicted_peak_bytes ?? null,
    phase: facts.trainer?.phase ?? null,
    step: facts.trainer?.step ?? null,
    of: facts.trainer?.of ?? null,
    run_folder: facts.trainer?.folder ?? null,
    seconds: facts.seconds,
    evidence: evidenceOf(reading),
    missing: missingOf(reading),
    remedies: remediesFor({
      cause,
      limit,
      peak,
      fired,
      complaint: reading.complaint,
      trainer: facts.trainer,
      machineBytes: facts.machineBytes,
      byGuard: facts.asked?.kind === 'guard' && limit.origin.kind !== 'machine',
    }),
  };
}

/** The best that is known. */
function firedIn({ fired, firedBeside }: Reading): Fired | null {
  return fired ?? firedBeside;
}

function limitOf(reading: Reading): KnownLimit {
  const { facts } = reading;
  const fired = firedIn(reading);
  if (fired) return limitThatFired(fired, reading);
  return facts.asked?.kind === 'guard' ? limitOfGuard(facts.asked.load, reading) : facts.limit;
}

function limitOfGuard({ limit: bytes, from }: Load, reading: Reading): KnownLimit {
  const { groups, noGroup } = reading.facts;
  const grade = 'proven';
  if (noGroup !== null && from === OWN_LIMIT) {
    return { bytes, from, origin: { kind: 'flag' }, baseline: 0 }; // nobody but the guard held it
  }
  if (from === MACHINE_LIMIT)
    return limitThatFired({ limit: 'machine', group: null, grade }, reading);
  const group = groups.find(({ name }) => name === from) ?? null;
  return limitThatFired({ limit: from === OWN_LIMIT ? 'own' : 'ancestor', group, grade }, reading);
}

function limitThatFired({ limit, group }: Fired, { facts, logged }: Reading): KnownLimit {
  const inLog = logged.at(-1)?.limitGroup ?? null;
  if (group) {
    const { limit: bytes, name, path, baseline } = group;
    const origin: LimitOrigin =
      name === OWN_LIMIT ? { kind: 'flag' } : originOfGroup(path, facts, inLog);
    return { bytes, from: name, origin, baseline };
  }
  return limit === 'machine'
    ? {
        ...facts.limit,
        bytes: facts.machineBytes,
        from: MACHINE_LIMIT,
        origin: { kind: 'machine' },
      }
    : { bytes: null, from: UNSEEN, origin: originOfGroup(inLog ?? '/', facts, inLog), baseline: 0 };
}

const UNSEEN = 'a control group that cannot be seen from here';

/**
 * The highest sample; but where the attempt's own limit killed, all of it was in use, and nothing could be
 * taken back: a program that grows fast gets there between two samples.
 */
function peakOf({ peak }: Facts, fired: Fired | null): number | null {
  const seen = peak?.unreclaimable ?? null;
  const limit = fired?.limit === 'own' ? (fired.group?.limit ?? null) : null;
  return limit === null ? seen : Math.max(seen ?? 0, limit);
}

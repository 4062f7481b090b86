/**
 * @file Why an attempt ended: the first row that fits. Pure.
 *
 * Return code -9 proves nothing: a person's `kill -9` looks the same. So no row gives an `oom-` cause above
 * `possible` unless `fired` is set, which only a kernel counter or the kernel log can do, or what killed it in
 * user space, our own guard included, has put it on record.
 */
import type { Cause, Grade } from '#protocol';
import { endUnknown, type Reading } from './reading.ts';

interface Row {
  readonly cause: Cause;
  /** null where the row does not fit */
  readonly grade: (reading: Reading) => Grade | null;
}

const ROWS: readonly Row[] = [
  // The kernel killed the main process: whose limit was it?
  { cause: 'oom-own-limit', grade: (r) => mainKilledBy(r, 'own') },
  { cause: 'oom-ancestor-limit', grade: (r) => mainKilledBy(r, 'ancestor') },
  { cause: 'oom-machine', grade: (r) => mainKilledBy(r, 'machine') },

  // It killed another; the main process lived, ended with a code of its own, or had to be ended by us.
  { cause: 'oom-child', grade: (r) => when(r.fired && (!sigkilled(r) || asked(r)), 'proven') },

  // Others did it, and say so; or we did.
  { cause: 'oom-user-space', grade: (r) => (r.facts.killerLines.length > 0 ? struckBy(r) : null) },
  { cause: 'oom-user-space', grade: (r) => when(guarded(r), 'proven') },
  { cause: 'timed-out', grade: (r) => when(r.facts.asked?.kind === 'timed-out', 'proven') },
  { cause: 'cancelled', grade: obeyed },
  { cause: 'cancelled', grade: stopped },

  // SIGKILL, and nobody says that it was them.
  { cause: 'killed', grade: (r) => when(sigkilled(r) && r.kills !== null, sureness(r)) },
  // Somebody in a group that it shares with others was killed for memory: perhaps it was that.
  { cause: 'oom-ancestor-limit', grade: (r) => besideKill(r, 'ancestor') },
  { cause: 'oom-machine', grade: (r) => besideKill(r, 'machine') },
  { cause: 'oom-own-limit', grade: (r) => when(sigkilled(r) && ownLimitNear(r), 'possible') },
  { cause: 'oom-ancestor-limit', grade: (r) => when(sigkilled(r) && r.nearLimit, 'possible') },
  { cause: 'unestablished', grade: (r) => when(sigkilled(r), 'possible') },
  // A shell's way to tell of a child's SIGKILL, where it cannot be looked up whose that was.
  {
    cause: 'unestablished',
    grade: (r) => when(r.facts.exitCode === 137 && r.kills === null, 'possible'),
  },

  // Nobody was told how it ended: what it said of itself is all there is.
  { cause: 'completed', grade: (r) => when(unknown(r) && toldEnd(r) === 'completed', 'likely') },
  { cause: 'allocation-failed', grade: (r) => when(unknown(r) && r.complaint, 'possible') },
  { cause: 'error', grade: (r) => when(unknown(r) && toldEnd(r), 'likely') },
  { cause: 'unestablished', grade: (r) => when(unknown(r), 'possible') },

  // It ended by itself.
  { cause: 'completed', grade: (r) => when(r.facts.exitCode === 0, 'proven') },
  { cause: 'allocation-failed', grade: (r) => r.complaint?.grade ?? null },
  { cause: 'crashed', grade: (r) => when(r.facts.signal, 'proven') },
  { cause: 'error', grade: () => 'proven' },
];

export function classify(reading: Reading): { readonly cause: Cause; readonly grade: Grade } {
  for (const { cause, grade: gradeOf } of ROWS) {
    const grade = gradeOf(reading);
    if (grade) return { cause, grade };
  }
  throw new Error('internal: the last row fits always');
}

/** Where it is not known who was the victim, a kill -9 by another at that very moment is possible. */
function mainKilledBy(reading: Reading, limit: 'own' | 'ancestor' | 'machine'): Grade | null {
  const { fired, mainWasVictim } = reading;
  if (!(sigkilled(reading) || unknown(reading))) return null;
  if (fired?.limit !== limit || mainWasVictim === false) return null;
  return mainWasVictim === null && fired.grade === 'proven' ? 'likely' : fired.grade;
}

function besideKill({ firedBeside }: Reading, limit: 'ancestor' | 'machine'): Grade | null {
  return firedBeside?.limit === limit ? firedBeside.grade : null;
}

/**
 * Whether its end is what a signal that we passed on asked for: it died of one, or exited as programs do after
 * one. One that saves what it has and exits with a code of its own does so soon, and has not ignored the signal.
 */
function obeyed({ facts: { asked: by, signal, exitCode } }: Reading): Grade | null {
  if (by?.kind !== 'cancelled') return null;
  if (signal !== null) return when(signal in ENDING, 'proven');
  if (Object.values(ENDING).some((number) => exitCode === 128 + number)) return 'proven';
  return when(!by.ignored && by.secondsBefore <= SAVES_WITHIN_S, 'likely');
}

/** By us, who would have sent SIGKILL soon: however it ended but by a crash, that was ours. */
function stopped({ facts: { asked: by, signal, exitCode } }: Reading): Grade | null {
  if (by?.kind !== 'stopped') return null;
  if (signal !== null) return when(signal in ENDING || signal === by.signal, 'proven');
  return Object.values(ENDING).some((number) => exitCode === 128 + number) ? 'proven' : 'likely';
}

/** Those that ask for the end, with their numbers, which 128 is added to where a program tells of one. */
const ENDING: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 };
/** As long as whoever asks waits at most by default before it sends SIGKILL: systemd's TimeoutStopSec. */
const SAVES_WITHIN_S = 90;

/** The kernel did not; a killer in user space might have, and its log cannot be read. */
function sureness({ facts }: Reading): Grade {
  return facts.killersRunning.length > 0 ? 'likely' : 'proven';
}

/** Killers in user space send SIGTERM first: a program that caught it exits with a code of its own, even 0. */
function struckBy({ facts: { signal, exitCode } }: Reading): Grade | null {
  if (signal !== null) return when(signal === 'SIGKILL' || signal === 'SIGTERM', 'proven');
  return exitCode === 128 + 15 ? 'proven' : 'likely';
}

/** It ended by what the guard sent, or by itself when that had asked it to. */
function guarded({ facts: { asked: by, signal } }: Reading): boolean {
  if (by?.kind !== 'guard') return false;
  return signal === null || signal === 'SIGTERM' || signal === by.signal;
}

function sigkilled({ facts }: Reading): boolean {
  return facts.signal === 'SIGKILL';
}

function unknown({ facts }: Reading): boolean {
  return endUnknown(facts);
}

/** A trainer of ours lives a moment longer than what it tells last: so no more than likely. */
function toldEnd({ facts }: Reading) {
  return facts.trainer?.end?.status;
}

function asked({ facts }: Reading): boolean {
  return facts.asked !== null;
}

function ownLimitNear({ facts, nearLimit }: Reading): boolean {
  return nearLimit && facts.noGroup === null && facts.limit.bytes === facts.groups[0]?.limit;
}

function when(fits: unknown, grade: Grade): Grade | null {
  return fits ? grade : null;
}

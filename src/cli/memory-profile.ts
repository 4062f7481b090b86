/** @file Memory over a step as it is drawn: what lies upon what, and up to where the scale goes. Pure. */
import type { Prediction } from '#protocol';

/** One action of the step; the four parts add up to `total`. Sizes are bytes. */
export interface ProfileMoment {
  readonly label: string;
  readonly total: number;
  /** of other processes under the same limit */
  readonly others: number;
  /** what is there all the time: the runtime, sessions, adapter and optimizer, holes between values */
  readonly standing: number;
  /** values that cross between sessions */
  readonly values: number;
  /** what the session at work holds */
  readonly session: number;
}

export interface MemoryProfile {
  readonly moments: readonly ProfileMoment[];
  readonly peak: ProfileMoment;
  /** null: there is none, or it is so far up that all else would be flat beneath it */
  readonly limit: number | null;
  readonly top: number;
}

/** A limit further up than that is left out of the picture. */
const LIMIT_IN_SIGHT = 2.5;
const HEADROOM = 1.04;

export function memoryProfile(
  prediction: Pick<Prediction, 'step' | 'baseline_bytes' | 'limit_bytes' | 'predicted_peak_bytes'>,
): MemoryProfile {
  const others = prediction.baseline_bytes;
  // Values leave holes between them, which stay the run's: only the peak has them counted in.
  const highest = Math.max(...prediction.step.map(({ bytes }) => bytes));
  const holes = prediction.predicted_peak_bytes - others - highest;
  const moments = prediction.step.map(({ label, bytes, values_bytes, session_bytes }) => ({
    label,
    total: others + holes + bytes,
    others,
    standing: holes + bytes - values_bytes - session_bytes,
    values: values_bytes,
    session: session_bytes,
  }));
  const peak = moments.reduce((most, each) => (each.total > most.total ? each : most));
  const bytes = prediction.limit_bytes;
  const limit = bytes !== null && bytes <= LIMIT_IN_SIGHT * peak.total ? bytes : null;
  return { moments, peak, limit, top: HEADROOM * Math.max(peak.total, limit ?? 0) };
}

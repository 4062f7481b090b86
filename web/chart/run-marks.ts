/** @file What is marked on a run's memory: attempts, phases, the predicted peak, where it was killed. Pure. */
import type { Phase, ServiceEvent, ServiceRun } from '#protocol';
import { isOutOfMemory } from '../words/verdicts.ts';

/** Seconds since the run began; `to` is null for what goes on. */
interface Stretch {
  readonly from: number;
  readonly to: number | null;
}

export interface AttemptMark extends Stretch {
  readonly attempt: number;
  readonly limit: number;
  /** it ended for want of memory */
  readonly killed: boolean;
  readonly peak: number | null;
}

export interface PhaseMark extends Stretch {
  readonly phase: Phase;
}

export interface RunMarks {
  readonly attempts: readonly AttemptMark[];
  readonly phases: readonly PhaseMark[];
  /** bytes between which the peak was predicted; null while nothing is */
  readonly band: { readonly low: number; readonly high: number } | null;
}

export function runMarks(run: ServiceRun, events: readonly ServiceEvent[]): RunMarks {
  const start = Date.parse(run.startedAt);
  const seconds = (time: string): number => (Date.parse(time) - start) / 1000;
  return {
    attempts: run.attempts.map(
      ({ attempt, startedAt, endedAt, memoryBytes, peakBytes, cause }) => ({
        attempt,
        from: seconds(startedAt),
        to: endedAt === null ? null : seconds(endedAt),
        limit: memoryBytes,
        killed: isOutOfMemory(cause),
        peak: peakBytes,
      }),
    ),
    phases: phasesOf(events, seconds),
    band: bandOf(run, events),
  };
}

function phasesOf(events: readonly ServiceEvent[], seconds: (time: string) => number): PhaseMark[] {
  const phases: PhaseMark[] = [];
  let open: { readonly phase: Phase; readonly from: number } | null = null;
  const close = (to: number): void => {
    if (open) phases.push({ ...open, to });
    open = null;
  };
  for (const { type, time, data } of events) {
    if (type === 'phase') {
      close(seconds(time));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the trainer's event has it by its schema
      open = { phase: data['phase'] as Phase, from: seconds(time) };
    } else if (type === 'run-ended' || type === 'attempt-ended' || type === 'finished') {
      close(seconds(time));
    }
  }
  return open ? [...phases, { ...open, to: null }] : phases;
}

/** As the trainer itself predicts once it has its data, else as the planner did before it began. */
function bandOf({ predicted }: ServiceRun, events: readonly ServiceEvent[]): RunMarks['band'] {
  const planned = events.findLast(({ type }) => type === 'planned')?.data['prediction'];
  const interval: unknown = Reflect.get(Object(planned), 'interval_bytes');
  if (Array.isArray(interval)) {
    const others = Number(Reflect.get(Object(planned), 'baseline_bytes') ?? 0);
    const [low, high] = interval.map((bytes) => Number(bytes) - others);
    if (low !== undefined && high !== undefined) return { low, high };
  }
  return predicted === null ? null : { low: predicted, high: predicted };
}

export const PHASE_WORDS: Readonly<Record<Phase, string>> = {
  'prepare-data': 'preparing data',
  'open-model': 'opening the model',
  'convert-weights': 'converting weights',
  'build-graphs': 'building graphs',
  train: 'training',
  evaluate: 'evaluating',
  checkpoint: 'saving a checkpoint',
  generate: 'generating',
  'save-adapter': 'saving the adapter',
};

/** What phases of one colour have in common. */
export const COLOUR_WORDS = {
  'phase-prepare': 'preparing',
  'phase-open': 'loading',
  'phase-train': 'training',
  'phase-evaluate': 'evaluating',
  'phase-checkpoint': 'saving',
} as const;

export const PHASE_COLOURS = {
  'prepare-data': 'phase-prepare',
  'open-model': 'phase-open',
  'convert-weights': 'phase-open',
  'build-graphs': 'phase-open',
  train: 'phase-train',
  evaluate: 'phase-evaluate',
  checkpoint: 'phase-checkpoint',
  generate: 'phase-evaluate',
  'save-adapter': 'phase-checkpoint',
} as const satisfies Readonly<Record<Phase, keyof typeof COLOUR_WORDS>>;

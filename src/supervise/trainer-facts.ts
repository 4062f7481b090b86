/** @file Where a trainer of ours stands, from its events. Pure. */
import type { MemorySample, Phase, Prediction, RunEvent } from '#protocol';

export interface TrainerFacts {
  readonly pid: number;
  readonly runId: string;
  /** absolute */
  readonly folder: string;
  /** 1 for the first process of its run */
  readonly attempt: number;
  /** null until it has said one */
  readonly phase: Phase | null;
  /** optimizer steps done; null before training, and after a resume the checkpoint's */
  readonly step: number | null;
  readonly of: number | null;
  /** null until the plan is chosen */
  readonly prediction: Pick<
    Prediction,
    'predicted_peak_bytes' | 'interval_bytes' | 'limit_bytes' | 'baseline_bytes' | 'plan'
  > | null;
  /** of the newest checkpoint, also of an attempt before; null where there is none */
  readonly checkpointStep: number | null;
  /** after the newest step */
  readonly memory: MemorySample | null;
  /** null while it runs, or where it did not live to say it */
  readonly end: { readonly status: RunEnd['status']; readonly error: string | null } | null;
}

type RunEnd = Extract<RunEvent, { readonly type: 'run-ended' }>;

/** With what one more event says. A command may start several runs: the one begun last counts. */
export function withEvent(facts: TrainerFacts | null, event: RunEvent): TrainerFacts | null {
  if (event.type === 'run-started') {
    const { pid, run_id: runId, folder, attempt, resumedFrom } = event;
    const step = resumedFrom?.step ?? null;
    return { ...NOTHING, pid, runId, folder, attempt, step, checkpointStep: step };
  }
  if (facts?.runId !== event.run_id) return facts;
  switch (event.type) {
    case 'planned': {
      const { predicted_peak_bytes, interval_bytes } = event.prediction;
      const { limit_bytes, baseline_bytes, plan } = event.prediction;
      const asked = { limit_bytes, baseline_bytes, plan };
      return { ...facts, prediction: { predicted_peak_bytes, interval_bytes, ...asked } };
    }
    case 'phase':
      return { ...facts, phase: event.phase };
    case 'step':
      return { ...facts, step: event.step, of: event.of, memory: event.memory };
    case 'checkpoint':
      return { ...facts, checkpointStep: event.step };
    case 'run-ended':
      return { ...facts, end: { status: event.status, error: event.error?.code ?? null } };
    case 'data-prepared':
    case 'model-opened':
    case 'precision':
    case 'evaluation':
    case 'warning':
      break; // nothing of where it stands
  }
  return facts;
}

/** Of an attempt that has said nothing yet: where the one before it left the run. */
export function unheard(before: TrainerFacts): TrainerFacts {
  const { checkpointStep } = before;
  return { ...before, ...NOTHING, step: checkpointStep, checkpointStep };
}

const NOTHING = {
  phase: null,
  step: null,
  of: null,
  prediction: null,
  checkpointStep: null,
  memory: null,
  end: null,
};

/** @file A run's record as an attempt finds or begins it. */
import type { TrainingRun } from '#protocol';
import type { RunFolder } from './run-folder.ts';
import type { TrainRequest } from './train-request.ts';

export function newRecord(folder: RunFolder, { spec, plan, baseName }: TrainRequest): TrainingRun {
  const { previous, runId } = folder;
  const attempts = previous?.attempts ?? [];
  return {
    run_id: runId,
    status: 'running',
    base_model: baseName ?? spec.baseModel.ref,
    method: spec.method.kind,
    samples_used: null,
    epochs: spec.hyperparameters.epochs,
    learning_rate: spec.hyperparameters.learningRate,
    final_loss: null,
    eval_loss: null,
    exact_match: null,
    trained_at: null,
    spec,
    plan,
    attempts: [
      ...attempts,
      {
        attempt: attempts.length + 1,
        pid: process.pid,
        started_at: new Date().toISOString(),
        ended_at: null,
        status: 'running',
        from_step: 0,
        to_step: 0,
        plan,
        error: null,
      },
    ],
    result: null,
    prediction: null,
    measured_peak_bytes: null,
    verdict: null,
    error: null,
  };
}

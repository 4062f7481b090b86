/** @file A run as the API tells of it, from what is stored. */
import { existsSync } from 'node:fs';
import type { ServiceAttempt, ServiceRun, Verdict } from '#protocol';
import { recordFile } from '#runs';
import type { AttemptRow, RunRow, Store } from '#store';
import { verdictOf } from '../runs/follow-up.ts';
import { commandOrderOf, orderOf } from '../orders/order.ts';
import type { Decision } from '../runs/queue.ts';

/** In the order of `rows`. */
export function runViews(
  { runs }: Pick<Store, 'runs'>,
  rows: readonly RunRow[],
  places: Decision['places'],
): ServiceRun[] {
  const ofRun = new Map<number, AttemptRow[]>(rows.map(({ id }) => [id, []]));
  for (const attempt of runs.attempts([...ofRun.keys()])) ofRun.get(attempt.run_id)?.push(attempt);
  return rows.map((run) => viewOf(run, ofRun.get(run.id) ?? [], places.get(run.id) ?? null));
}

function viewOf(
  run: RunRow,
  attempts: readonly AttemptRow[],
  place: ServiceRun['queue'],
): ServiceRun {
  const peaks = attempts.flatMap(({ peak_bytes: peak }) => peak ?? []);
  const verdicts = attempts.map((each) => (each.state === 'ended' ? verdictOf(each) : null));
  const record = recordFile(run.output_dir);
  return {
    id: run.id,
    trainingType: run.training_type,
    status: run.status,
    startedAt: run.started_at ?? run.created_at,
    finishedAt: run.finished_at,
    datasetSize: run.dataset_size,
    baseModel: run.base_model,
    outputDir: run.output_dir,
    runIdentifier: run.identifier,
    finalLoss: run.final_loss,
    errorMessage: run.error_message,
    metadataPath: existsSync(record) ? record : null,
    triggeredBy: run.triggered_by,
    createdAt: run.created_at,
    priority: run.priority,
    order: orderOf(run),
    command: commandOrderOf(run),
    queue:
      run.status === 'queued' && run.pause_asked_at === null
        ? (place ?? { place: 1, reason: 'it was asked for just now' })
        : null,
    pause: run.pause_asked_at === null ? null : run.status === 'queued' ? 'paused' : 'asked',
    predicted: run.predicted_bytes,
    limit: run.share_bytes,
    peak: peaks.length === 0 ? null : Math.max(...peaks),
    progress:
      run.step === null || run.of_steps === null ? null : { step: run.step, of: run.of_steps },
    errorCode: run.error_code,
    verdict: verdicts.at(-1) ?? null,
    attempts: attempts.map((each, i) => attemptView(each, verdicts[i] ?? null)),
    retryOf: run.retry_of,
  };
}

function attemptView(attempt: AttemptRow, verdict: Verdict | null): ServiceAttempt {
  return {
    attempt: attempt.number,
    startedAt: attempt.started_at,
    endedAt: attempt.ended_at,
    memoryBytes: attempt.memory_bytes,
    peakBytes: attempt.peak_bytes,
    cause: verdict?.cause ?? null,
    grade: verdict?.grade ?? null,
  };
}

/** @file A run as a fine-tuning job of OpenAI's API, from what is stored. Pure. */
import type { Hyperparameters, OpenAiJob } from '#protocol';
import type { AttemptRow, JobRow, RunRow } from '#store';
import { verdictOf } from '../runs/follow-up.ts';
import { DEFAULTS } from './job-order.ts';
import { resultsIdOf } from './job-results.ts';
import { OWNER, secondsOf } from './openai-words.ts';
import { orderOf } from '../orders/order.ts';
import { tunedModelId } from './served-models.ts';

export interface JobFacts {
  readonly run: RunRow;
  readonly job: JobRow;
  /** in order */
  readonly attempts: readonly AttemptRow[];
  readonly embeddedModel: string;
  /** Date.now */
  readonly now: number;
}

export function jobView({ run, job, attempts, embeddedModel, now }: JobFacts): OpenAiJob {
  const { base_model: model = embeddedModel, seed } = orderOf(run);
  const succeeded = run.status === 'completed';
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- job-routes.ts stored it
  const hyperparameters = JSON.parse(job.hyperparameters) as Hyperparameters;
  return {
    id: jobIdOf(run),
    object: 'fine_tuning.job',
    created_at: secondsOf(run.created_at),
    finished_at: run.finished_at === null ? null : secondsOf(run.finished_at),
    estimated_finish: estimateOf(run, attempts, now),
    status: statusOf(run),
    error: errorOf(run, attempts),
    model,
    fine_tuned_model: succeeded ? tunedModelId(model, job.suffix, run.identifier) : null,
    user_provided_suffix: job.suffix,
    organization_id: OWNER,
    training_file: job.training_file,
    validation_file: job.validation_file,
    result_files: succeeded && job.results === 'made' ? [resultsIdOf(run)] : [],
    trained_tokens: job.trained_tokens,
    seed: seed ?? DEFAULTS.seed,
    hyperparameters,
    method: { type: 'supervised', supervised: { hyperparameters } },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- job-routes.ts stored it
    metadata: job.metadata === null ? null : (JSON.parse(job.metadata) as Record<string, string>),
    integrations: [],
  };
}

export function jobIdOf({ identifier }: Pick<RunRow, 'identifier'>): string {
  return `${PREFIX}${identifier}`;
}

/** The identifier of its run. */
export function identifierIn(jobId: string): string {
  return jobId.startsWith(PREFIX) ? jobId.slice(PREFIX.length) : '';
}

const PREFIX = 'ftjob-';

function statusOf({ status, pause_asked_at: pause, share_bytes: share }: RunRow) {
  if (status === 'completed') return 'succeeded';
  if (status !== 'queued') return status;
  if (pause !== null) return 'paused';
  return share === null ? 'validating_files' : 'queued';
}

/** The error that ended it knows best; else the cause of its last attempt's end. */
function errorOf(run: RunRow, attempts: readonly AttemptRow[]): OpenAiJob['error'] {
  if (run.status !== 'failed') return null;
  const last = attempts.at(-1);
  const code = run.error_code ?? (last?.state === 'ended' ? verdictOf(last).cause : 'INTERNAL');
  const param = code.startsWith('DATA_') ? 'training_file' : null;
  return { code, message: run.error_message ?? '', param };
}

/** At the pace of all steps so far; null while there is none. */
function estimateOf(run: RunRow, attempts: readonly AttemptRow[], now: number): number | null {
  const { status, step, of_steps: of } = run;
  if (status !== 'running' || step === null || of === null || step < 1) return null;
  const worked = attempts
    .map(
      ({ started_at: from, ended_at: to }) =>
        (to === null ? now : Date.parse(to)) - Date.parse(from),
    )
    .reduce((sum, each) => sum + each, 0);
  return Math.round((now + (worked / step) * Math.max(of - step, 0)) / 1000);
}

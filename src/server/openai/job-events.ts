/** @file What happens to a run, as events and checkpoints of a fine-tuning job of OpenAI's API. Pure. */
import { formatBytes } from '#base';
import type { OpenAiCheckpoint, OpenAiJobEvent, ServiceEvent, Verdict } from '#protocol';
import { secondsOf } from './openai-words.ts';

type Data = ServiceEvent['data'];

/** @param verdictOn on the attempt of that number, once it has ended */
export function jobEventOf(
  { seq, time, type, data }: ServiceEvent,
  verdictOn: (attempt: number) => Verdict | null,
): OpenAiJobEvent {
  const told = { id: eventIdOf(seq), object: 'fine_tuning.job.event' } as const;
  const metrics = METRICS[type]?.(data);
  const more = type === 'attempt-ended' ? { verdict: verdictOn(Number(data['attempt'])) } : metrics;
  return {
    ...told,
    created_at: secondsOf(time),
    level: levelOf(type, data),
    message: MESSAGES[type]?.(data) ?? type,
    type: metrics ? 'metrics' : 'message',
    data: { event: type, ...data, ...more },
  };
}

export function eventIdOf(seq: number): string {
  return `${EVENT}${seq}`;
}

/** The number in the id of an event; null for what is none. */
export function seqIn(id: string): number | null {
  const digits = /^ft(?:event|ckpt)-(\d{1,15})$/.exec(id)?.[1];
  return digits === undefined ? null : Number(digits);
}

const EVENT = 'ftevent-';
const CHECKPOINT = 'ftckpt-';

function levelOf(type: string, { status, cause }: Data): OpenAiJobEvent['level'] {
  if (type === 'warning') return 'warn';
  if (type === 'attempt-ended')
    return cause === 'completed' || cause === 'cancelled' ? 'info' : 'warn';
  return type === 'finished' && status === 'failed' ? 'error' : 'info';
}

/** By the names that OpenAI's have, beside our own. */
const METRICS: Readonly<Record<string, (data: Data) => Data>> = {
  step: ({ step, of, loss }) => ({ step, total_steps: of, train_loss: loss }),
  evaluation: ({ step, loss }) => ({ step, full_valid_loss: loss }),
};

/** Of what is not here the type says enough. */
const MESSAGES: Readonly<Record<string, (data: Data) => string>> = {
  queued: () => 'Created, and waiting for its peak to be predicted',
  predicted: (d) =>
    `Predicted to take ${sizeOf(d['predicted_peak_bytes'])}; its limit is ${sizeOf(d['share_bytes'])}`,
  'attempt-started': (d) => `Attempt ${wordOf(d['attempt'])} has started`,
  'attempt-ended': (d) =>
    `Attempt ${wordOf(d['attempt'])} has ended: ${wordOf(d['cause'])} (${wordOf(d['grade'])}), peak ${sizeOf(d['peak_bytes'])}`,
  'cancel-asked': () => 'Asked to end',
  'pause-asked': () => 'Asked to pause',
  paused: () => 'Paused',
  resumed: () => 'Asked to go on',
  prioritized: (d) => `Its priority is now ${wordOf(d['priority'])}`,
  finished: ({ status, error_message: error }) =>
    error == null ? `The job has ${ENDS[wordOf(status)] ?? 'ended'}` : wordOf(error),
  'run-started': () => 'The trainer has started',
  'data-prepared': (d) =>
    `${wordOf(d['examples'])} examples to ${d['split'] === 'valid' ? 'evaluate on' : 'train on'}`,
  'model-opened': (d) => `Model ${wordOf(d['ref'])} is open`,
  planned: () => 'A plan was chosen',
  phase: (d) => `Now: ${wordOf(d['phase'])}`,
  step: (d) => `Step ${wordOf(d['step'])}/${wordOf(d['of'])}: training loss=${lossOf(d['loss'])}`,
  evaluation: (d) => `Step ${wordOf(d['step'])}: full validation loss=${lossOf(d['loss'])}`,
  checkpoint: (d) => `Checkpoint at step ${wordOf(d['step'])}`,
  warning: (d) => wordOf(d['message']),
  'run-ended': (d) => `The trainer has ended: ${wordOf(d['status'])}`,
};

const ENDS: Readonly<Record<string, string>> = {
  completed: 'succeeded',
  cancelled: 'been cancelled',
};

function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}

function sizeOf(value: unknown): string {
  return typeof value === 'number' ? formatBytes(value) : 'unknown';
}

function lossOf(value: unknown): string {
  return typeof value === 'number' ? value.toFixed(4) : '?';
}

/**
 * @param event of type checkpoint @param before those told before it, the newest first
 * @param names ids of its job, and of the model that the job makes
 */
export function checkpointOf(
  { seq, time, data }: ServiceEvent,
  before: readonly ServiceEvent[],
  names: { readonly job: string; readonly model: string },
): OpenAiCheckpoint {
  const step = Number(data['step']);
  const lossIn = (type: string): number | undefined => {
    const told = before.find((each) => each.type === type && each.data['step'] === step);
    const loss = told?.data['loss'];
    return typeof loss === 'number' ? loss : undefined;
  };
  const [train_loss, full_valid_loss] = [lossIn('step'), lossIn('evaluation')];
  return {
    id: `${CHECKPOINT}${seq}`,
    object: 'fine_tuning.job.checkpoint',
    created_at: secondsOf(time),
    fine_tuned_model_checkpoint: `${names.model}:ckpt-step-${step}`,
    fine_tuning_job_id: names.job,
    step_number: step,
    metrics: {
      step,
      ...(train_loss !== undefined && { train_loss }),
      ...(full_valid_loss !== undefined && { full_valid_loss }),
    },
  };
}

/**
 * @file Events that stay on the screen, as lines: what is trained, on what, how, and how well it
 * does. Steps are not among them: see progress.ts. Pure.
 */
import { formatBytes } from '#base';
import type { Plan, RunEvent, RunSpec } from '#protocol';
import {
  formatCount,
  formatCounts,
  formatDuration,
  formatLoss,
  formatMany,
  formatPart,
  plural,
} from './format.ts';
import type { Paint } from './paint.ts';

export interface LineOptions {
  readonly paint: Paint;
  /** a file's path as it is shown */
  readonly shownPath: (path: string) => string;
}

export function eventLines(event: RunEvent, { paint, shownPath }: LineOptions): string[] {
  const line = (name: string, text: string): string => `${paint.dim(name.padEnd(10))} ${text}`;
  switch (event.type) {
    case 'run-started':
      return [
        line('run', `${event.run_id} in ${shownPath(event.folder)}`),
        ...(event.resumedFrom ? [line('resumed', `after step ${event.resumedFrom.step}`)] : []),
        line('method', methodText(event.spec)),
        line('plan', planText(event.plan)),
      ];
    case 'data-prepared':
      return [line(event.split === 'train' ? 'data' : 'held-out', dataText(event))];
    case 'model-opened':
      return [line('model', modelText(event))];
    case 'precision':
      return [line('precision', precisionText(event))];
    case 'evaluation':
      return [line('evaluation', evaluationText(event))];
    case 'planned':
      return [line('memory', plannedText(event))];
    case 'warning':
      return [line('warning', paint.yellow(event.message))];
    case 'phase':
    case 'step':
    case 'checkpoint':
    case 'run-ended':
      break;
  }
  return [];
}

function methodText({ method, hyperparameters: h }: RunSpec): string {
  const steps = `batch ${h.batchSize} x ${h.gradientAccumulationSteps}, ${plural(h.epochs, 'epoch')}`;
  const rate = `learning rate ${h.learningRate} ${h.schedule}`;
  return `${kindText(method)}; ${steps}; ${rate}`;
}

function kindText(method: RunSpec['method']): string {
  if (method.kind === 'full') return 'all weights';
  if (method.kind === 'soft-prompt')
    return `soft prompt of ${plural(method.virtualTokens, 'token')}`;
  const { r, alpha, targetModules } = method;
  const targets = typeof targetModules === 'string' ? targetModules : targetModules.join(', ');
  return `LoRA r ${r}, alpha ${alpha}, on ${targets}`;
}

function planText(plan: Plan): string {
  const { recompute } = plan;
  const segments = typeof recompute === 'string' ? recompute : recompute.join(', ');
  const on = (['arena', 'memoryPattern', 'prepacking'] as const).filter((name) => plan[name]);
  const names = { arena: 'arena', memoryPattern: 'memory pattern', prepacking: 'prepacking' };
  return [
    `at most ${plan.microBatch} examples and ${plan.microBatchTokens} tokens at once`,
    `recompute ${segments}`,
    `loss chunk ${plan.lossChunk}`,
    ...(plan.precision === 'stored' ? [] : [`base in ${plan.precision}`]),
    plural(plan.threads, 'thread'),
    ...on.map((name) => names[name]),
  ].join(', ');
}

type Planned = Extract<RunEvent, { type: 'planned' }>;

function plannedText({ prediction: p }: Planned): string {
  const limit = p.limit_bytes === null ? 'no limit' : formatBytes(p.limit_bytes);
  return [
    `peak of ${formatBytes(p.predicted_peak_bytes)} predicted, ${limit} (${p.limit_from})`,
    p.answer.replaceAll('-', ' '),
    planText(p.plan),
  ].join('; ');
}

type DataPrepared = Extract<RunEvent, { type: 'data-prepared' }>;

function dataText({ examples, skipped, truncated }: DataPrepared): string {
  const counts = formatCounts(skipped);
  const { source, target } = truncated;
  return [
    plural(examples, 'example'),
    ...(counts === '' ? [] : [`skipped ${counts}`]),
    ...(source + target === 0
      ? []
      : [`cut to the longest allowed: ${plural(source, 'source')}, ${plural(target, 'target')}`]),
  ].join('; ');
}

type ModelOpened = Extract<RunEvent, { type: 'model-opened' }>;

function modelText({ ref, revision, architecture, parameters, trainable }: ModelOpened): string {
  const name = revision === null ? ref : `${ref}@${revision}`;
  const part = parameters > 0 ? `, ${formatPart(trainable / parameters)}` : '';
  const trained = `${formatCount(trainable)} trained${part}`;
  return `${name} (${architecture}), ${formatMany(parameters)} parameters, ${trained}`;
}

type PrecisionMeasured = Extract<RunEvent, { type: 'precision' }>;

function precisionText(event: PrecisionMeasured): string {
  const { precision, bytes, examples, storedLoss, loss, gradientDifference: off } = event;
  const losses = `loss ${formatLoss(loss)}, ${formatLoss(storedLoss)} as stored`;
  return [
    `base in ${precision}, ${formatBytes(bytes)}`,
    `on ${plural(examples, 'example')}: ${losses}; gradient off by ${formatPart(off)}`,
  ].join('; ');
}

type Evaluation = Extract<RunEvent, { type: 'evaluation' }>;

function evaluationText({ step, loss, exactMatch, best, seconds }: Evaluation): string {
  return [
    step === 0 ? 'before training' : `after step ${step}`,
    `loss ${formatLoss(loss)}`,
    ...(exactMatch === undefined ? [] : [`exact match ${formatPart(exactMatch)}`]),
    ...(seconds === undefined ? [] : [formatDuration(seconds)]),
    ...(best === true && step > 0 ? ['best so far'] : []),
  ].join('  ');
}

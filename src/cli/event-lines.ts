/**
 * @file Events that stay on the screen, as lines: what is trained, on what, how, and how well it
 * does. Steps are not among them: see progress.ts. Pure.
 */
import { formatBytes, formatDuration, wrapWords } from '#base';
import type { RunEvent, RunSpec } from '#protocol';
import { formatCount, formatCounts, formatLoss, formatMany, formatPart, plural } from './format.ts';
import type { Paint } from './paint.ts';
import { methodText, planText } from './run-text.ts';

export interface LineOptions {
  readonly paint: Paint;
  /** a file's path as it is shown */
  readonly shownPath: (path: string) => string;
  /** a longer line goes on below its text; a log's lines stay whole */
  readonly columns: number;
}

export function eventLines(event: RunEvent, { paint, shownPath, columns }: LineOptions): string[] {
  const line = (name: string, text: string): string => {
    const [first = '', ...more] = wrapWords(text, columns - NAME_COLUMNS - 1);
    const below = more.map((part) => `\n${' '.repeat(NAME_COLUMNS + 1)}${part}`);
    return `${paint.dim(name.padEnd(NAME_COLUMNS))} ${first}${below.join('')}`;
  };
  switch (event.type) {
    case 'run-started':
      return [
        line('run', `${event.run_id} in ${shownPath(event.folder)}`),
        ...(event.resumedFrom ? [line('resumed', `after step ${event.resumedFrom.step}`)] : []),
        line('method', trainingText(event.spec)),
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
      return [
        line('memory', memoryText(event)),
        ...(event.prediction.fits ? [line('plan', planText(event.prediction.plan))] : []),
      ];
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

/** As wide as the longest name, `evaluation`. */
const NAME_COLUMNS = 10;

function trainingText({ method, hyperparameters: h }: RunSpec): string {
  const steps = `batch ${h.batchSize} x ${h.gradientAccumulationSteps}, ${plural(h.epochs, 'epoch')}`;
  const rate = `learning rate ${h.learningRate} ${h.schedule}`;
  return `${methodText(method)}; ${steps}; ${rate}`;
}

type Planned = Extract<RunEvent, { type: 'planned' }>;

function memoryText({ prediction: p }: Planned): string {
  const [low, high] = p.interval_bytes.map(formatBytes);
  const limit = p.limit_bytes === null ? 'no limit' : `limit ${formatBytes(p.limit_bytes)}`;
  return [
    `peak of ${formatBytes(p.predicted_peak_bytes)} predicted, between ${low} and ${high}`,
    `${limit} (${p.limit_from})`,
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

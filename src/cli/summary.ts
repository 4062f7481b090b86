/** @file What a run has come to: before and after, three examples, and what to do next. Pure. */
import { formatDuration } from '#base';
import type { TrainOutcome } from '#train';
import { join } from 'node:path';
import { facts, formatLoss, formatPart, oneLine, shellWord, table } from './format.ts';
import type { Paint } from './paint.ts';

export interface SummaryOptions {
  readonly paint: Paint;
  readonly columns: number;
  /** the run's folder as it is shown and typed */
  readonly folder: string;
  /** what the user types to call us */
  readonly command: string;
}

export function summaryLines(outcome: TrainOutcome, options: SummaryOptions): string[] {
  const { run } = outcome;
  const { paint, folder, command } = options;
  if (run.status === 'completed')
    return [...resultLines(outcome, options), ...nextLines(outcome, options)];
  if (run.status !== 'interrupted')
    return ['', paint.red(run.error?.message ?? `the run ended as '${run.status}'`)];
  const step = run.attempts.at(-1)?.to_step ?? 0;
  return [
    '',
    paint.yellow(`interrupted after step ${step}; go on with`),
    `  ${command} train --resume-from ${shellWord(folder)}`,
  ];
}

function resultLines(outcome: TrainOutcome, { paint, columns }: SummaryOptions): string[] {
  const { run, samples } = outcome;
  const { result } = run;
  const rows: string[][] = [];
  if (run.eval_loss !== null)
    rows.push(['held-out loss', lossText(result?.base_eval_loss), formatLoss(run.eval_loss)]);
  if (run.exact_match !== null)
    rows.push(['exact match', partText(result?.base_exact_match), formatPart(run.exact_match)]);
  const steps = result?.steps ?? 0;
  const early = result?.stopped_early ? ', stopped early' : '';
  const took = result ? ` in ${formatDuration(result.seconds)}` : '';
  const done = `trained ${steps} steps${took}${early}`;
  return [
    '',
    run.final_loss === null ? done : `${done}, loss at the end ${formatLoss(run.final_loss)}`,
    ...(rows.length === 0 ? [] : ['', ...table([['', 'before', 'after'], ...rows])]),
    ...samples.flatMap((sample) => ['', ...sampleLines(sample, paint, columns)]),
  ];
}

function sampleLines(
  sample: TrainOutcome['samples'][number],
  paint: Paint,
  columns: number,
): string[] {
  const width = Math.max(20, columns - 'expected  '.length);
  const answer = (text: string): string => {
    const shown = oneLine(text, width);
    if (shown === '') return paint.dim('(nothing)');
    return text.trim() === sample.target.trim() ? paint.green(shown) : shown;
  };
  return facts([
    ['request', paint.bold(oneLine(sample.source, width))],
    ['expected', oneLine(sample.target, width)],
    ['base', answer(sample.base)],
    ['tuned', answer(sample.tuned)],
  ]);
}

function nextLines({ run }: TrainOutcome, { paint, folder, command }: SummaryOptions): string[] {
  const adapter = run.result?.adapter;
  if (adapter === null || adapter === undefined) return [];
  const what = run.method === 'full' ? 'model' : 'adapter';
  const where = join(folder, adapter);
  // The run's folder stands for its adapter, and is shorter.
  const named = shellWord(what === 'adapter' ? folder : where);
  return [
    '',
    ...facts([
      [what, where],
      ['use it', paint.bold(`${command} generate --${what} ${named} "your text"`)],
    ]),
  ];
}

function lossText(loss: number | null | undefined): string {
  return loss === null || loss === undefined ? '-' : formatLoss(loss);
}

function partText(part: number | null | undefined): string {
  return part === null || part === undefined ? '-' : formatPart(part);
}

/** @file The planner's answer for people: where the bytes go, whether that fits, what else would do. Pure. */
import { formatBytes } from '#base';
import type { Prediction } from '#protocol';
import { formatMany, table } from './format.ts';
import { memoryChart } from './memory-chart.ts';
import type { Paint } from './paint.ts';
import type { PredictedRun } from './predict-run.ts';
import { methodText, planText } from './run-text.ts';

export interface PredictionOptions {
  readonly paint: Paint;
  readonly columns: number;
  readonly subject: PredictedRun['subject'];
}

export function predictionLines(prediction: Prediction, options: PredictionOptions): string[] {
  const { paint, columns, subject } = options;
  return [
    paint.bold(subjectText(subject)),
    '',
    ...itemLines(prediction, paint),
    '',
    answerText(prediction, paint),
    `plan  ${planText(prediction.plan)}`,
    ...alternativeLines(prediction, paint),
    '',
    paint.dim('memory over the largest micro-batch of a step'),
    ...memoryChart(prediction, { columns, paint }),
  ];
}

function subjectText({ model, parameters, method, longest }: PredictedRun['subject']): string {
  return [
    `${model}, ${formatMany(parameters)} parameters`,
    methodText(method),
    `examples of up to ${longest.source} and ${longest.target} tokens`,
  ].join('; ');
}

type Row = readonly [name: string, size: string, note: string];

/** What cannot be taken back first: it makes the peak. Then the limit, and what is outside of it. */
function itemLines(prediction: Prediction, paint: Paint): string[] {
  const { items, baseline_bytes: others, interval_bytes: interval } = prediction;
  const [low, high] = interval.map(formatBytes);
  const shown = items.filter(({ bytes }) => bytes > 0);
  const rowsOf = (reclaimable: boolean) =>
    shown
      .filter((item) => item.reclaimable === reclaimable)
      .map(({ name, bytes, note }): Row => [name, formatBytes(bytes), note]);
  const rows: Row[] = [
    ...rowsOf(false),
    ...(others > 0 ? [['in use by others', formatBytes(others), ''] as const] : []),
    ['predicted peak', formatBytes(prediction.predicted_peak_bytes), `between ${low} and ${high}`],
    limitRow(prediction),
    ...rowsOf(true).map(([name, size, note]): Row => [
      name,
      size,
      [note, TAKEN_BACK].filter(Boolean).join('; '),
    ]),
  ];
  const lines = aligned(rows);
  const peak = rows.findIndex(([name]) => name === 'predicted peak');
  return lines.map((line, i) =>
    i === peak ? paint.bold(line) : i > peak + 1 ? paint.dim(line) : line,
  );
}

const TAKEN_BACK = 'pages that the kernel can take back';

function limitRow({ limit_bytes: bytes, limit_from: from }: Prediction): Row {
  return ['limit', bytes === null ? 'none' : formatBytes(bytes), from];
}

function aligned(rows: readonly Row[]): string[] {
  const [nameWidth, sizeWidth] = ([0, 1] as const).map((i) =>
    Math.max(...rows.map((row) => row[i].length)),
  );
  return rows.map(([name, size, note]) =>
    `${name.padEnd(nameWidth!)}  ${size.padStart(sizeWidth!)}  ${note}`.trimEnd(),
  );
}

function answerText(prediction: Prediction, paint: Paint): string {
  const { answer, smallest_limit_bytes: smallest } = prediction;
  const said = {
    fits: `${paint.green('fits')} as asked for`,
    'fits-with-this-plan': `${paint.green('fits')} with this plan`,
    'cannot-fit': paint.red('cannot fit'),
  }[answer];
  return smallest === null
    ? said
    : `${said}; the smallest limit that would do is ${formatBytes(smallest)}`;
}

function alternativeLines({ alternatives }: Prediction, paint: Paint): string[] {
  if (alternatives.length === 0) return [];
  const rows = alternatives.map((each) => [
    each.change,
    formatBytes(each.predicted_peak_bytes),
    formatBytes(each.smallest_limit_bytes),
    `${each.relative_time.toFixed(2)}x`,
  ]);
  const [head = '', ...lines] = table([['instead', 'peak', 'smallest limit', 'time'], ...rows]);
  return ['', paint.dim(head), ...lines];
}

/** @file How training goes: loss and held-out loss, tokens a second, learning rate. Of one run, or of two in one chart. */
import { useMemo } from 'react';
import type { RunProgress, ServiceRun } from '#protocol';
import { useProgress } from '../api/run-history.ts';
import { type Line, LinesChart } from '../chart/lines-chart.tsx';

type Runs = readonly [ServiceRun] | readonly [ServiceRun, ServiceRun];

export function TrainingCharts({ runs: [run, other] }: { readonly runs: Runs }) {
  const first = useProgress(run.id);
  const second = useProgress(other?.id ?? run.id);
  const charts = useMemo(
    () => chartsOf(other ? [first, second] : [first], [run.id, other?.id ?? 0]),
    [first, second, run.id, other?.id],
  );
  if (first.steps.length === 0 && second.steps.length === 0) {
    return <p className="soft">Losses and speed come with the first step.</p>;
  }
  return charts.map(({ title, lines }) => <LinesChart key={title} title={title} lines={lines} />);
}

function chartsOf(
  of: readonly RunProgress[],
  ids: readonly number[],
): { readonly title: string; readonly lines: readonly Line[] }[] {
  const isAlone = of.length === 1;
  const lines = (
    name: string,
    points: (progress: RunProgress) => Line['points'],
    dots = false,
  ): Line[] =>
    of.map((progress, i) => ({
      name: isAlone ? name : dots ? `${ids[i]} ${name}` : `run ${ids[i]}`,
      colour: COLOURS[dots ? 1 : 0]?.[i] ?? 'ink',
      dots,
      points: points(progress),
    }));
  const heldOut = lines(
    'held out',
    ({ evaluations }) => evaluations.map(({ step, loss }) => [step, loss]),
    true,
  );
  return [
    {
      title: 'Loss',
      lines: [
        ...lines('training', ({ steps }) => steps.map(({ step, loss }) => [step, loss])),
        ...heldOut.filter(({ points }) => points.length > 0),
      ],
    },
    {
      title: 'Tokens a second',
      lines: lines('tokens/s', ({ steps }) =>
        steps.map(({ step, tokensPerSecond }) => [step, tokensPerSecond]),
      ),
    },
    {
      title: 'Learning rate',
      lines: lines('rate', ({ steps }) =>
        steps.map(({ step, learningRate }) => [step, learningRate]),
      ),
    },
  ];
}

/** Of the first and of the second run: losses in training, and those held out. */
const COLOURS = [
  ['accent', 'band'],
  ['phase-evaluate', 'phase-checkpoint'],
] as const;

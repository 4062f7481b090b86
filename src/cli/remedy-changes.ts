/** @file Changes of a run that may make it smaller, for the planner to be asked about. Pure. */
import type { Plan, RunSpec } from '#protocol';

/** `--max-samples` -> 200 */
export type Flags = Readonly<Record<string, number | string>>;

export interface Change {
  readonly flags: Flags;
  /** what it does, and what it does not */
  readonly effect: string;
  /** whether it takes as much as the run itself: steps are what they are, however many */
  readonly isAlike?: true;
  /** it is worth a word only where it takes less */
  readonly onlyIfSmaller?: true;
}

/** What rounds more is another result, and the run's last checkpoint is no beginning for it. */
export function rounding({ method }: RunSpec, { precision, optimizerState }: Plan): Change[] {
  const smaller = method.kind === 'full' ? undefined : SMALLER_BASE[precision];
  const base = {
    effect: 'the base is rounded; plimsoll model precision measures what that costs',
    onlyIfSmaller: true as const,
  };
  const state = { effect: "AdamW's numbers are rounded", onlyIfSmaller: true as const };
  return [
    ...(smaller ? [{ flags: { '--precision': smaller }, ...base }] : []),
    ...(optimizerState === 'fp32' ? [{ flags: { '--optimizer-state': '8bit' }, ...state }] : []),
  ];
}

const SMALLER_BASE: Readonly<Record<Plan['precision'], Plan['precision'] | undefined>> = {
  stored: 'int8',
  fp32: 'int8',
  bf16: 'int8',
  int8: 'int4',
  int4: undefined,
};

/** The original's three, and lengths; only what makes this run smaller. */
export function smallerParameters({ data, hyperparameters: h }: RunSpec): Change[] {
  return [
    ...(h.batchSize > 1
      ? [
          {
            flags: { '--batch-size': half(h.batchSize) },
            effect: 'fewer examples a step; the planner splits batches anyway',
          },
        ]
      : []),
    {
      flags: {
        '--source-max-tokens': half(h.sourceMaxTokens),
        '--target-max-tokens': half(h.targetMaxTokens),
      },
      effect: 'longer examples are cut',
    },
    ...(data.maxSamples === null || data.maxSamples > FEW_SAMPLES
      ? [
          {
            flags: { '--max-samples': FEW_SAMPLES },
            effect:
              'less to learn from; examples lie on disk, so they save memory only by being shorter',
          },
        ]
      : []),
    ...(h.epochs > 1
      ? [{ flags: { '--epochs': 1 }, effect: 'saves time and no memory', isAlike: true as const }]
      : []),
  ];
}

const half = (count: number): number => Math.ceil(count / 2);
/** As the advice was that this one comes from: 200 instead of 2000. */
const FEW_SAMPLES = 200;

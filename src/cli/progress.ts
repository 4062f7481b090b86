/**
 * @file How far a run is: a state that events are folded into, and the one line made of it. Pure.
 *
 * Loss and speed are means over the last steps, since one step of few examples says little.
 */
import { formatBytes, formatDuration } from '#base';
import type { Phase, RunEvent } from '#protocol';
import { formatCount, formatLoss } from './format.ts';

type StepEvent = Extract<RunEvent, { type: 'step' }>;

export interface Progress {
  readonly phase: Phase;
  /** the last steps, oldest first */
  readonly recent: readonly StepEvent[];
  readonly epochs: number | undefined;
}

/** A run that has told nothing yet looks for its model, which may have to come from the hub. */
export const NO_PROGRESS: Progress = { phase: 'open-model', recent: [], epochs: undefined };

/** Steps that the means are taken over. */
const RECENT = 20;

export function advance(progress: Progress, event: RunEvent): Progress {
  switch (event.type) {
    case 'run-started':
      return { ...NO_PROGRESS, epochs: event.spec.hyperparameters.epochs };
    case 'phase':
      return { ...progress, phase: event.phase };
    case 'step':
      return {
        ...progress,
        phase: 'train',
        recent: [...progress.recent.slice(1 - RECENT), event],
      };
    case 'data-prepared':
    case 'model-opened':
    case 'precision':
    case 'evaluation':
    case 'checkpoint':
    case 'planned':
    case 'warning':
    case 'run-ended':
      break;
  }
  return progress;
}

/** As many parts as fit into `columns`, the most wanted first. */
export function progressLine(progress: Progress, columns: number): string {
  let line = '';
  for (const part of progressParts(progress)) {
    const longer = line === '' ? part : `${line}  ${part}`;
    if (longer.length > columns) break;
    line = longer;
  }
  return line;
}

function progressParts({ phase, recent, epochs }: Progress): string[] {
  const last = recent.at(-1);
  const doing = phase === 'train' ? [] : [`${DOING[phase]} ...`];
  if (!last) return phase === 'train' ? ['first step ...'] : doing;
  const seconds = sum(recent, (step) => step.seconds);
  const tokens = sum(recent, (step) => step.tokens);
  const left = ((last.of - last.step) * seconds) / recent.length;
  return [
    ...doing,
    `step ${last.step}/${last.of}`,
    `loss ${formatLoss(sum(recent, (step) => step.loss) / recent.length)}`,
    ...(left > 0 ? [`${formatDuration(left)} left`] : []),
    memoryText(last.memory),
    ...(seconds > 0 ? [`${formatCount(tokens / seconds)} tokens/s`] : []),
    `epoch ${epochText(last.epoch, epochs)}`,
  ];
}

/** `memory 312 MiB of 512 MiB (61%)`: only what the kernel cannot take back counts. */
export function memoryText({ anon, limit }: StepEvent['memory']): string {
  if (limit === undefined) return `memory ${formatBytes(anon)}`;
  const part = Math.round((anon / limit) * 100);
  return `memory ${formatBytes(anon)} of ${formatBytes(limit)} (${part}%)`;
}

const DOING: Readonly<Record<Phase, string>> = {
  'prepare-data': 'preparing data',
  'open-model': 'opening the model',
  'convert-weights': 'converting the weights',
  'build-graphs': 'building graphs',
  train: 'training',
  evaluate: 'evaluating',
  checkpoint: 'writing a checkpoint',
  generate: 'answering examples',
  'save-adapter': 'saving the adapter',
};

function epochText(epoch: number, epochs: number | undefined): string {
  return epochs === undefined ? epoch.toFixed(2) : `${epoch.toFixed(2)}/${epochs}`;
}

/** What of the steps was said last, for where every step would be too many. */
export interface Said {
  readonly step: number;
  /** milliseconds */
  readonly time: number;
}

const LINES_OF_A_RUN = 20;
const LONGEST_SILENCE = 30_000; // ms

/** Whether a step gets a line of its own in a log: about 20 of a run, and one each half minute. */
export function worthALine(said: Said | undefined, { step, of }: StepEvent, now: number): boolean {
  if (!said || step >= of) return true;
  return step - said.step >= of / LINES_OF_A_RUN || now - said.time >= LONGEST_SILENCE;
}

function sum(steps: readonly StepEvent[], of: (step: StepEvent) => number): number {
  return steps.reduce((total, step) => total + of(step), 0);
}

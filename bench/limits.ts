/**
 * @file The original's run inside limits that killed it: whether it finishes, at what speed, with which
 * losses, and how well its peak was predicted.
 */
import { cgroupsUnavailable } from '../test/cgroup.ts';
import type { Benchmark } from './benchmark.ts';
import { type LimitedRun, limitedRun, outcomeOf, type Precision } from './limited-run.ts';

interface Facts {
  readonly steps: number;
  /** the first has no limit: the others are compared with it */
  readonly runs: readonly LimitedRun[];
}

export const limits: Benchmark<Facts> = {
  name: 'limits',
  about: "the original's run inside limits, without swap",
  how:
    "flan-t5-small's shape, LoRA r 16 on q and v, batch 1 x 2 accumulation, every example padded to 384/384 " +
    'tokens. Each run has a memory cgroup of its own with that limit, finds it there as it would in a container, ' +
    'and begins with nothing of the model in the page cache. Kills are counted by the kernel. Peaks are of ' +
    'unreclaimable bytes of the whole group, sampled every 5 ms. Time is that of the whole run, from the ' +
    'command on, conversion of the base included. The loss difference is the largest of all steps, relative to ' +
    'the run without a limit. The reference (PyTorch 2.6, transformers, peft) was measured once, at the same ' +
    'work on a machine of the same kind, the limits in steps of 64 MiB.',
  unavailable: cgroupsUnavailable,

  async measure(context) {
    const steps = context.steps ?? STEPS;
    const runs: LimitedRun[] = [];
    for (const [limit, precision] of ROWS) {
      runs.push(await limitedRun(context, { limit, precision, steps, timeout: TIMEOUT }));
    }
    return { steps, runs };
  },

  table: ({ steps, runs }) => {
    const [free] = runs;
    return [
      [
        'limit, base',
        `${steps} steps`,
        'kills',
        'seconds',
        'times no limit',
        'seconds a step',
        'peak MiB',
        'predicted',
        'loss difference',
        'reference',
      ],
      ...runs.map((run) => [
        `${run.limit === null ? 'none' : `${run.limit} MiB`}, ${run.precision}`,
        outcomeOf(run),
        String(run.kills),
        run.seconds.toFixed(0),
        free ? (run.seconds / free.seconds).toFixed(2) : '-',
        Number.isNaN(run.stepSeconds) ? '-' : run.stepSeconds.toFixed(2),
        mib(run.peakBytes),
        mib(run.predictedBytes),
        free ? difference(run.losses, free.losses) : '-',
        REFERENCE.get(run.limit) ?? '-',
      ]),
    ];
  },
};

const STEPS = 40;
/** Seconds; without a limit it takes two minutes. */
const TIMEOUT = 1800;

const ROWS: readonly (readonly [limit: number | null, precision: Precision])[] = [
  [null, 'fp32'],
  [512, 'auto'],
  [256, 'fp32'],
  [256, 'bf16'],
  [160, 'int8'],
  [160, 'int4'],
];

/** Measured before this project began: seconds an optimizer step, at the best of several BLAS set-ups. */
const REFERENCE = new Map<number | null, string>([
  [null, '2.36 s a step, 1,447 MiB resident'],
  [512, 'killed; with gradient checkpointing 6.7-7.7 s a step'],
  [256, 'killed'],
  [160, 'killed'],
]);

function difference(losses: readonly number[], reference: readonly number[]): string {
  if (losses.length < reference.length) return '-';
  const most = Math.max(...reference.map((loss, i) => Math.abs(losses[i]! / loss - 1)));
  return most === 0 ? '0' : most.toExponential(1);
}

function mib(bytes: number | null): string {
  return bytes === null ? '-' : (bytes / 2 ** 20).toFixed(0);
}

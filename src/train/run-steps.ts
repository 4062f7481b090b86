/** @file The course of a run: step after step, with the evaluations and checkpoints that are due between. */
import { residentMemory } from '#kernel';
import type { MemorySample } from '#protocol';
import { evaluateProgress } from './run-evaluations.ts';
import type { RunUnderWay } from './run-under-way.ts';
import { type StepReport, takeStep } from './take-step.ts';
import type { TrainHooks } from './train-request.ts';

/**
 * Steps to the end; false when asked to stop before it, with a checkpoint then.
 *
 * @throws PlimsollError LOSS_NOT_FINITE
 * @throws OutOfRoom
 */
export async function takeSteps(
  run: RunUnderWay,
  { signal, checkpointAsked }: Pick<TrainHooks, 'signal' | 'checkpointAsked'>,
): Promise<boolean> {
  const { parts, state, journal } = run;
  const { order, spec, data } = parts;
  journal.phase('build-graphs');
  if (state.now.step === 0) await tellPrecision(run);
  const step = await parts.step();
  journal.phase('train');
  while (state.now.step < order.totalSteps && !state.now.stoppedEarly) {
    if (signal?.aborted) {
      state.checkpoint(parts);
      return false;
    }
    stepTaken(run, await takeStep(step, state.now.step));
    const done = state.now.step;
    const due = (every: number | 'epoch') =>
      every === 'epoch' ? order.endsEpoch(done) : done % every === 0;
    const last = done === order.totalSteps;
    if (data.valid && (last || due(spec.evaluation.evalEvery))) await evaluateProgress(run);
    const saves = last || order.endsEpoch(done) || due(spec.checkpointEvery);
    if (saves) state.checkpoint(parts);
    // ONNX Runtime's calls hold the thread; signals and writers get their turn here.
    await new Promise((resolve) => setImmediate(resolve));
    if (checkpointAsked?.() && !saves) state.checkpoint(parts);
  }
  return true;
}

function stepTaken(run: RunUnderWay, report: StepReport): void {
  const { order } = run.parts;
  const { step, lossSum, tokens } = run.state.now;
  const done = step + 1;
  const next = order.at(Math.min(done, order.totalSteps - 1));
  run.state.change({
    step: done,
    epoch: Math.floor(done / order.stepsPerEpoch),
    position: done % order.stepsPerEpoch === 0 ? 0 : next.position,
    lossSum: lossSum + report.loss,
    lastLoss: report.loss,
    tokens: tokens + report.tokens,
  });
  run.journal.emit({
    type: 'step',
    step: done,
    of: order.totalSteps,
    epoch: order.epochsAfter(done),
    ...report,
    tokensPerSecond: report.tokens / report.seconds,
    memory: measured(run),
  });
}

/** What the process holds now; the record keeps the most that was seen. */
function measured({ journal }: RunUnderWay): MemorySample {
  const memory = residentMemory();
  const most = Math.max(memory.anon, journal.record.measured_peak_bytes ?? 0);
  journal.change({ measured_peak_bytes: most });
  return memory;
}

async function tellPrecision({ parts, journal }: RunUnderWay): Promise<void> {
  const difference = await parts.precisionDifference();
  const { file, bytes } = parts.weights;
  const { precision } = parts.plan;
  if (!difference || file === null || precision === 'stored' || precision === 'fp32') return;
  journal.emit({ type: 'precision', precision, file, bytes, ...difference });
}

/** @file The end of a run: what was trained is saved, and its record says what came of it. */
import { type Sample, sampleOf } from './held-out-answers.ts';
import { modelCard, savePart } from './method.ts';
import { answersOf, reportedEvaluation } from './run-evaluations.ts';
import type { RunUnderWay } from './run-under-way.ts';
import type { TrainOutcome } from './train-request.ts';

/** @param before the untrained model's answers */
export async function finishRun(
  run: RunUnderWay,
  before: readonly string[],
): Promise<TrainOutcome> {
  const { parts, state, journal, folder } = run;
  const { baseEvaluation, lastLoss, bestEvaluation } = state.now;
  const stopsEarly = parts.spec.evaluation.earlyStoppingPatience !== null;
  if (stopsEarly && bestEvaluation) state.takeBest(parts);
  journal.phase('generate');
  const tuned = before.length > 0 ? await answersOf(run, parts.inference) : [];
  const samples = tuned.map((text, i) => sampleOf(parts, i, before[i] ?? '', text));
  journal.phase('save-adapter');
  const card = modelCard(
    { ...parts.spec, baseModel: { ...parts.spec.baseModel, ref: journal.record.base_model } },
    {
      examples: parts.data.train.count,
      before: baseEvaluation,
      after: reportedEvaluation(run),
      finalLoss: lastLoss,
    },
    parts.base.model,
  );
  const saved = savePart(folder.folder, parts.part, parts.base, parts.spec, card);
  return endRun(run, 'completed', saved, samples);
}

/** @param saved the folder of what was trained, in the run's; null where it is not saved */
export function endRun(
  run: RunUnderWay,
  status: 'completed' | 'interrupted',
  saved: string | null,
  samples: readonly Sample[],
): TrainOutcome {
  const { parts, state, journal, folder } = run;
  const evaluation = reportedEvaluation(run);
  const { step, lastLoss, baseEvaluation, bestEvaluation, stoppedEarly } = state.now;
  const { skipped, truncatedSource, truncatedTarget } = parts.data.train.stats;
  const facts = {
    final_loss: lastLoss,
    eval_loss: evaluation?.loss ?? null,
    exact_match: evaluation?.exactMatch ?? null,
  };
  journal.change({
    ...facts,
    trained_at: status === 'completed' ? new Date().toISOString() : null,
    result: {
      steps: step,
      seconds: state.seconds,
      stopped_early: stoppedEarly,
      best_step: bestEvaluation?.step ?? null,
      skipped: { ...skipped },
      truncated: { source: truncatedSource, target: truncatedTarget },
      base_eval_loss: baseEvaluation?.loss ?? null,
      base_exact_match: baseEvaluation?.exactMatch ?? null,
      adapter: saved,
    },
  });
  journal.close(status, null, step);
  journal.emit({
    type: 'run-ended',
    status,
    step,
    seconds: state.seconds,
    stoppedEarly,
    finalLoss: facts.final_loss,
    evalLoss: facts.eval_loss,
    exactMatch: facts.exact_match,
    adapter: saved,
  });
  return { run: journal.record, folder: folder.folder, samples };
}

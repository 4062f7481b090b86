/** @file What a run does on its held-out examples: before training, in its course, at its end. */
import { type Evaluation, evaluate } from './evaluate.ts';
import { firstAnswers } from './held-out-answers.ts';
import type { Inference } from './inference.ts';
import { stepBytes } from './run-memory.ts';
import type { RunUnderWay } from './run-under-way.ts';
import type { TrainingState } from './training-state.ts';

/** The untrained model's answers to some. It is measured once per run, and answers in each attempt. */
export async function answersBefore(run: RunUnderWay): Promise<string[]> {
  const { parts, state } = run;
  if (!parts.data.valid) return [];
  await using base = parts.baseInference();
  if (!state.now.baseEvaluation) {
    const { loss, exactMatch } = await evaluateRun(run, base);
    state.change({ baseEvaluation: { loss, exactMatch } });
  }
  return await answersOf(run, base);
}

/** In the course of training: keeps the best state, counts towards stopping. */
export async function evaluateProgress(run: RunUnderWay): Promise<void> {
  const { parts, state } = run;
  const { loss, exactMatch } = await evaluateRun(run, parts.inference);
  const { step, bestEvaluation, evaluationsWithoutBetter } = state.now;
  const evaluation = { step, loss, exactMatch };
  const better = loss < (bestEvaluation?.loss ?? Infinity);
  const patience = parts.spec.evaluation.earlyStoppingPatience;
  const without = better ? 0 : evaluationsWithoutBetter + 1;
  state.change({
    lastEvaluation: evaluation,
    bestEvaluation: better ? evaluation : bestEvaluation,
    evaluationsWithoutBetter: without,
    stoppedEarly: patience !== null && without >= patience,
  });
  if (better && patience !== null) state.keepBest(parts);
}

/** Answers to the first held-out examples; none where nothing is held out. */
export async function answersOf(
  { parts, journal }: RunUnderWay,
  inference: Inference,
): Promise<string[]> {
  parts.rest();
  const guard = parts.answeringGuard(stepBytes(journal.record.prediction));
  return await firstAnswers(inference, parts, guard);
}

/** The evaluation of what is saved: the best under early stopping, else the last. */
export function reportedEvaluation({ parts, state }: RunUnderWay): TrainingState['lastEvaluation'] {
  const { lastEvaluation, bestEvaluation } = state.now;
  return parts.spec.evaluation.earlyStoppingPatience === null ? lastEvaluation : bestEvaluation;
}

async function evaluateRun(
  { parts, journal, state }: RunUnderWay,
  inference: Inference,
): Promise<Evaluation> {
  const { valid } = parts.data;
  if (!valid) throw new Error('internal: nothing to evaluate on');
  journal.phase('evaluate');
  const began = performance.now();
  parts.rest();
  const evaluation = await evaluate(inference, valid.count, (i) => valid.at(i), {
    batchSize: EVALUATION_BATCH,
    firstThatFit: parts.answeringGuard(stepBytes(journal.record.prediction)),
    tokenizer: parts.base.tokenizer,
    maxTokens: parts.spec.hyperparameters.targetMaxTokens,
  });
  const { step, bestEvaluation } = state.now;
  journal.emit({
    type: 'evaluation',
    step,
    examples: evaluation.examples,
    loss: evaluation.loss,
    ...(evaluation.exactMatch === null ? {} : { exactMatch: evaluation.exactMatch }),
    ...(step > 0 ? { best: evaluation.loss < (bestEvaluation?.loss ?? Infinity) } : {}),
    seconds: (performance.now() - began) / 1000,
  });
  journal.phase('train');
  return evaluation;
}

const EVALUATION_BATCH = 16;

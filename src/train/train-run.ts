/**
 * @file A training run from request to result: folder, data, steps, evaluations, checkpoints, the
 * adapter. Everything that happens is an event; training_run.json says where the run stands.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PreparedData } from '#data';
import { residentMemory } from '#kernel';
import type { OpenedBase } from '#models';
import { type PlanQuestion, runLimit } from '#plan';
import type { MemorySample, Plan, RunEvent, RunSpec, TrainingRun } from '#protocol';
import { checkPrecision } from './base-precision.ts';
import { inspectCheckpoint, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { firstAnswers, type Sample, sampleOf } from './held-out-answers.ts';
import type { Inference } from './inference.ts';
import { modelCard, savePart } from './method.ts';
import { OutOfRoom, roomFor } from './memory-guard.ts';
import { createRunFolder, resumeRunFolder, type RunFolder, type RunPlace } from './run-folder.ts';
import { adaptedText, failExhausted, predictionFor, refuseUnfit, stepBytes } from './run-memory.ts';
import { RunJournal } from './run-journal.ts';
import { openRunParts, type RunParts } from './run-parts.ts';
import { takeStep } from './take-step.ts';
import { INITIAL_STATE, type TrainingState } from './training-state.ts';

export interface TrainRequest {
  readonly spec: RunSpec;
  readonly plan: Plan;
  /** what the user chose of the plan: the planner leaves it as it is */
  readonly pinned: ReadonlySet<keyof Plan>;
  /** bytes that the user allows the run; absent: what the limits around it allow */
  readonly memory?: number | undefined;
  /** bytes that an attempt before took beyond its prediction */
  readonly correction?: number | undefined;
  readonly place: RunPlace;
  /** a run's folder or its checkpoint: goes on there, in place of `place` */
  readonly resumeFrom?: string | undefined;
  /** how the base is called in the run's files */
  readonly baseName?: string | undefined;
}

export interface TrainHooks {
  onEvent(event: RunEvent): void;
  /** aborted: the run stops after the step under way, with a checkpoint */
  readonly signal?: AbortSignal | undefined;
  /** true once for each time that somebody asked for a checkpoint: it follows the step under way */
  readonly checkpointAsked?: (() => boolean) | undefined;
}

export interface TrainOutcome {
  readonly run: TrainingRun;
  readonly folder: string;
  readonly samples: readonly Sample[];
}

/** @throws PlimsollError for bad input and for what ends a run; the last checkpoint is then intact */
export async function trainRun(request: TrainRequest, hooks: TrainHooks): Promise<TrainOutcome> {
  checkPrecision(request.spec, request.plan);
  const folder =
    request.resumeFrom === undefined
      ? createRunFolder(request.place)
      : resumeRunFolder(request.resumeFrom);
  const run = new Run(folder, request, hooks);
  try {
    return await run.work();
  } catch (error) {
    run.failed(error);
    throw error;
  } finally {
    folder.close();
  }
}

class Run {
  readonly #folder: RunFolder;
  readonly #request: TrainRequest;
  readonly #hooks: TrainHooks;
  readonly #journal: RunJournal;
  readonly #began = performance.now();
  #state: TrainingState = INITIAL_STATE;
  #secondsBefore = 0;

  constructor(folder: RunFolder, request: TrainRequest, hooks: TrainHooks) {
    this.#folder = folder;
    this.#request = request;
    this.#hooks = hooks;
    this.#journal = new RunJournal(folder, request, (event) => hooks.onEvent(event));
  }

  async work(): Promise<TrainOutcome> {
    const { spec, plan, resumeFrom } = this.#request;
    const limit = runLimit(this.#request.memory);
    this.#journal.write();
    const { checkpointFile: file } = this.#folder;
    // A run that ended before its first checkpoint begins anew, in its folder and under its name.
    const checkpoint =
      resumeFrom !== undefined && existsSync(file) ? inspectCheckpoint(file) : null;
    this.#journal.emit({
      type: 'run-started',
      attempt: this.#journal.record.attempts.length,
      pid: process.pid,
      folder: this.#folder.folder,
      spec,
      plan,
      ...(checkpoint && { resumedFrom: { file, step: checkpoint.state.step } }),
    });
    await using parts = await openRunParts(spec, join(this.#folder.folder, 'cache'), {
      phase: (phase) => this.#journal.phase(phase),
      opened: (base, part, seconds) =>
        this.#journal.emit({
          type: 'model-opened',
          ref: this.#journal.record.base_model,
          revision: spec.baseModel.revision,
          architecture: base.model.family,
          parameters: base.parameters,
          trainable: [...part.parameters.values()].reduce((n, { data }) => n + data.length, 0),
          seconds,
        }),
      plan: (base, data) => this.#plan(base, data, limit),
      room: roomFor(this.#request.memory),
      adapted: (now) =>
        this.#journal.emit({
          type: 'warning',
          code: 'PLAN_CHANGED',
          message: adaptedText(now),
        }),
    });
    this.#tellData(parts);
    if (checkpoint) this.#resume(parts);
    this.#journal.change({ spec: parts.spec, samples_used: parts.data.train.count });
    this.#journal.accept();

    try {
      const answersBefore = await this.#before(parts);
      const finished = await this.#steps(parts);
      return finished
        ? await this.#finish(parts, answersBefore)
        : this.#end('interrupted', parts, null, []);
    } catch (error) {
      if (!(error instanceof OutOfRoom)) throw error;
      // The steps so far are kept.
      const { step } = this.#state;
      if (step > 0) this.#checkpoint(parts);
      return failExhausted(error, step);
    }
  }

  /** @throws PlimsollError MEMORY_CANNOT_FIT */
  #plan(base: OpenedBase, data: PreparedData, limit: PlanQuestion['limit']): Plan {
    const prediction = predictionFor(this.#request, base, data, limit);
    this.#journal.changeAttempt({ plan: prediction.plan });
    this.#journal.change({ plan: prediction.plan, prediction });
    this.#journal.emit({ type: 'planned', prediction });
    refuseUnfit(prediction);
    return prediction.plan;
  }

  failed(error: unknown): void {
    this.#journal.failed(error, this.#state.step, this.#seconds());
  }

  /** What the base does on the held-out examples: measured once per run, answered in each attempt. */
  async #before(parts: RunParts): Promise<string[]> {
    if (!parts.data.valid) return [];
    await using base = parts.baseInference();
    if (!this.#state.baseEvaluation) {
      const { loss, exactMatch } = await this.#evaluate(parts, base);
      this.#state = { ...this.#state, baseEvaluation: { loss, exactMatch } };
    }
    return await this.#answers(parts, base);
  }

  /** Steps to the end; false when asked to stop before it. */
  async #steps(parts: RunParts): Promise<boolean> {
    const { order, spec } = parts;
    this.#journal.phase('build-graphs');
    if (this.#state.step === 0) await this.#tellPrecision(parts);
    const step = await parts.step();
    this.#journal.phase('train');
    while (this.#state.step < order.totalSteps && !this.#state.stoppedEarly) {
      if (this.#hooks.signal?.aborted) {
        this.#checkpoint(parts);
        return false;
      }
      const report = await takeStep(step, this.#state.step);
      const done = this.#state.step + 1;
      const next = order.at(Math.min(done, order.totalSteps - 1));
      this.#state = {
        ...this.#state,
        step: done,
        epoch: Math.floor(done / order.stepsPerEpoch),
        position: done % order.stepsPerEpoch === 0 ? 0 : next.position,
        lossSum: this.#state.lossSum + report.loss,
        lastLoss: report.loss,
        tokens: this.#state.tokens + report.tokens,
      };
      this.#journal.emit({
        type: 'step',
        step: done,
        of: order.totalSteps,
        epoch: order.epochsAfter(done),
        ...report,
        tokensPerSecond: report.tokens / report.seconds,
        memory: this.#measured(),
      });
      const due = (every: number | 'epoch') =>
        every === 'epoch' ? order.endsEpoch(done) : done % every === 0;
      const last = done === order.totalSteps;
      if (parts.data.valid && (last || due(spec.evaluation.evalEvery))) await this.#improve(parts);
      const saves = last || order.endsEpoch(done) || due(spec.checkpointEvery);
      if (saves) this.#checkpoint(parts);
      // ONNX Runtime's calls hold the thread; signals and writers get their turn here.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#hooks.checkpointAsked?.() && !saves) this.#checkpoint(parts);
    }
    return true;
  }

  /** What the process holds now; the record keeps the most that was seen. */
  #measured(): MemorySample {
    const memory = residentMemory();
    const most = Math.max(memory.anon, this.#journal.record.measured_peak_bytes ?? 0);
    this.#journal.change({ measured_peak_bytes: most });
    return memory;
  }

  async #evaluate(parts: RunParts, inference: Inference): Promise<Evaluation> {
    const valid = parts.data.valid;
    if (!valid) throw new Error('internal: nothing to evaluate on');
    this.#journal.phase('evaluate');
    const began = performance.now();
    parts.rest();
    const evaluation = await evaluate(inference, valid.count, (i) => valid.at(i), {
      batchSize: EVALUATION_BATCH,
      firstThatFit: parts.answeringGuard(stepBytes(this.#journal.record.prediction)),
      tokenizer: parts.base.tokenizer,
      maxTokens: parts.spec.hyperparameters.targetMaxTokens,
    });
    const { step, bestEvaluation } = this.#state;
    this.#journal.emit({
      type: 'evaluation',
      step,
      examples: evaluation.examples,
      loss: evaluation.loss,
      ...(evaluation.exactMatch === null ? {} : { exactMatch: evaluation.exactMatch }),
      ...(step > 0 ? { best: evaluation.loss < (bestEvaluation?.loss ?? Infinity) } : {}),
      seconds: (performance.now() - began) / 1000,
    });
    this.#journal.phase('train');
    return evaluation;
  }

  /** An evaluation in the course of training: keeps the best state, counts towards stopping. */
  async #improve(parts: RunParts): Promise<void> {
    const { loss, exactMatch } = await this.#evaluate(parts, parts.inference);
    const evaluation = { step: this.#state.step, loss, exactMatch };
    const better = loss < (this.#state.bestEvaluation?.loss ?? Infinity);
    const patience = parts.spec.evaluation.earlyStoppingPatience;
    const without = better ? 0 : this.#state.evaluationsWithoutBetter + 1;
    this.#state = {
      ...this.#state,
      lastEvaluation: evaluation,
      bestEvaluation: better ? evaluation : this.#state.bestEvaluation,
      evaluationsWithoutBetter: without,
      stoppedEarly: patience !== null && without >= patience,
    };
    if (better && patience !== null) this.#save(parts, this.#folder.bestFile, null);
  }

  #checkpoint(parts: RunParts): void {
    this.#journal.phase('checkpoint');
    const bytes = this.#save(parts, this.#folder.checkpointFile, parts.adamw.state);
    const { step } = this.#state;
    this.#journal.emit({ type: 'checkpoint', step, file: this.#folder.checkpointFile, bytes });
    this.#journal.changeAttempt({ to_step: step });
    this.#journal.write();
    this.#journal.phase('train');
  }

  #save(parts: RunParts, file: string, optimizer: RunParts['adamw']['state'] | null): number {
    const state = { ...this.#state, seconds: this.#seconds() };
    const tensors = { parameters: parts.part.parameters, optimizer };
    return saveCheckpoint(file, { spec: parts.spec, state }, tensors);
  }

  #resume(parts: RunParts): void {
    const { checkpointFile } = this.#folder;
    const tensors = { parameters: parts.part.parameters, optimizer: parts.adamw.state };
    this.#state = loadCheckpoint(checkpointFile, parts.spec, tensors, (from) =>
      this.#journal.emit({
        type: 'warning',
        code: 'OPTIMIZER_STATE_CONVERTED',
        message: `the optimizer's state was stored in ${from}, the plan has it in ${parts.plan.optimizerState}: it was converted, so the run goes on near to how it would have, not to the bit`,
      }),
    );
    this.#secondsBefore = this.#state.seconds;
    const { step } = this.#state;
    this.#journal.changeAttempt({ from_step: step, to_step: step });
  }

  async #finish(parts: RunParts, before: string[]): Promise<TrainOutcome> {
    const { earlyStoppingPatience } = parts.spec.evaluation;
    if (earlyStoppingPatience !== null && this.#state.bestEvaluation) {
      loadCheckpoint(this.#folder.bestFile, parts.spec, {
        parameters: parts.part.parameters,
        optimizer: null,
      });
    }
    this.#journal.phase('generate');
    const tuned = before.length > 0 ? await this.#answers(parts, parts.inference) : [];
    const samples = tuned.map((text, i) => sampleOf(parts, i, before[i] ?? '', text));
    this.#journal.phase('save-adapter');
    const { baseEvaluation, lastLoss } = this.#state;
    const after = this.#reported();
    const card = modelCard(
      {
        ...parts.spec,
        baseModel: { ...parts.spec.baseModel, ref: this.#journal.record.base_model },
      },
      { examples: parts.data.train.count, before: baseEvaluation, after, finalLoss: lastLoss },
      parts.base.model,
    );
    const saved = savePart(this.#folder.folder, parts.part, parts.base, parts.spec, card);
    return this.#end('completed', parts, saved, samples);
  }

  async #answers(parts: RunParts, inference: Inference): Promise<string[]> {
    parts.rest();
    const guard = parts.answeringGuard(stepBytes(this.#journal.record.prediction));
    return await firstAnswers(inference, parts, guard);
  }

  /** The evaluation of what is saved: the best under early stopping, else the last. */
  #reported(): TrainingState['lastEvaluation'] {
    const { earlyStoppingPatience } = this.#request.spec.evaluation;
    return earlyStoppingPatience === null ? this.#state.lastEvaluation : this.#state.bestEvaluation;
  }

  #end(
    status: 'completed' | 'interrupted',
    parts: RunParts,
    saved: string | null,
    samples: Sample[],
  ): TrainOutcome {
    const evaluation = this.#reported();
    const { step, lastLoss, baseEvaluation, bestEvaluation, stoppedEarly } = this.#state;
    const { skipped, truncatedSource, truncatedTarget } = parts.data.train.stats;
    const facts = {
      final_loss: lastLoss,
      eval_loss: evaluation?.loss ?? null,
      exact_match: evaluation?.exactMatch ?? null,
    };
    this.#journal.change({
      ...facts,
      trained_at: status === 'completed' ? new Date().toISOString() : null,
      result: {
        steps: step,
        seconds: this.#seconds(),
        stopped_early: stoppedEarly,
        best_step: bestEvaluation?.step ?? null,
        skipped: { ...skipped },
        truncated: { source: truncatedSource, target: truncatedTarget },
        base_eval_loss: baseEvaluation?.loss ?? null,
        base_exact_match: baseEvaluation?.exactMatch ?? null,
        adapter: saved,
      },
    });
    this.#journal.close(status, null, step);
    this.#journal.emit({
      type: 'run-ended',
      status,
      step,
      seconds: this.#seconds(),
      stoppedEarly,
      finalLoss: facts.final_loss,
      evalLoss: facts.eval_loss,
      exactMatch: facts.exact_match,
      adapter: saved,
    });
    return { run: this.#journal.record, folder: this.#folder.folder, samples };
  }

  #tellData({ data }: RunParts): void {
    for (const split of ['train', 'valid'] as const) {
      const set = data[split];
      if (!set) continue;
      const { skipped, truncatedSource: source, truncatedTarget: target } = set.stats;
      const truncated = { source, target };
      const examples = set.count;
      this.#journal.emit({
        type: 'data-prepared',
        split,
        examples,
        skipped: { ...skipped },
        truncated,
      });
    }
    if (data.train.count === 0) throw new Error('internal: no examples to train on');
  }

  async #tellPrecision(parts: RunParts): Promise<void> {
    const difference = await parts.precisionDifference();
    const { file, bytes } = parts.weights;
    const { precision } = parts.plan;
    if (!difference || file === null || precision === 'stored' || precision === 'fp32') return;
    this.#journal.emit({ type: 'precision', precision, file, bytes, ...difference });
  }

  #seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#began) / 1000;
  }
}

const EVALUATION_BATCH = 16;

/**
 * @file A training run from request to result: its inputs, its folder, what it opens, its course, its end.
 * Everything that happens is an event; training_run.json says where the run stands.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PreparedData } from '#data';
import type { LocatedBase, OpenedBase } from '#models';
import { type PlanQuestion, runLimit } from '#plan';
import type { Plan } from '#protocol';
import { checkInputs } from './check-inputs.ts';
import { inspectCheckpoint } from './checkpoint.ts';
import { OutOfRoom, roomFor } from './memory-guard.ts';
import { endRun, finishRun } from './run-end.ts';
import { answersBefore } from './run-evaluations.ts';
import { createRunFolder, resumeRunFolder, type RunFolder } from './run-folder.ts';
import { RunJournal } from './run-journal.ts';
import { adaptedText, failExhausted, predictionFor, refuseUnfit } from './run-memory.ts';
import { openRunParts, type RunParts } from './run-parts.ts';
import { RunState } from './run-state.ts';
import { takeSteps } from './run-steps.ts';
import type { RunUnderWay } from './run-under-way.ts';
import type { TrainHooks, TrainOutcome, TrainRequest } from './train-request.ts';

/** @throws PlimsollError for bad input and for what ends a run; the last checkpoint is then intact */
export async function trainRun(request: TrainRequest, hooks: TrainHooks): Promise<TrainOutcome> {
  const base = await checkInputs(request.spec, request.plan);
  const limit = runLimit(request);
  const folder =
    request.resumeFrom === undefined
      ? createRunFolder(request.place)
      : resumeRunFolder(request.resumeFrom);
  const journal = new RunJournal(folder, request, (event) => hooks.onEvent(event));
  const state = new RunState(folder, journal);
  try {
    return await work({ request, hooks, base, limit, folder, journal, state });
  } catch (error) {
    journal.failed(error, state.now.step, state.seconds);
    throw error;
  } finally {
    folder.close();
  }
}

/** A run that has its folder, and is still to open the rest. */
interface BegunRun extends Omit<RunUnderWay, 'parts'> {
  readonly request: TrainRequest;
  readonly hooks: TrainHooks;
  readonly base: LocatedBase;
  readonly limit: PlanQuestion['limit'];
}

async function work(begun: BegunRun): Promise<TrainOutcome> {
  const { request, hooks, folder, journal, state } = begun;
  journal.write();
  const resumes = tellStart(request, folder, journal);
  await using parts = await openParts(begun);
  const run: RunUnderWay = { folder, journal, state, parts };
  tellData(run);
  if (resumes) state.resume(parts);
  journal.change({ spec: parts.spec, samples_used: parts.data.train.count });
  journal.accept();
  try {
    const before = await answersBefore(run);
    const finished = await takeSteps(run, hooks);
    return finished ? await finishRun(run, before) : endRun(run, 'interrupted', null, []);
  } catch (error) {
    if (!(error instanceof OutOfRoom)) throw error;
    // The steps so far are kept.
    const { step } = state.now;
    if (step > 0) state.checkpoint(parts);
    return failExhausted(error, step);
  }
}

/** Whether it goes on from a checkpoint: one that ended before its first begins anew, in its folder and under its name. */
function tellStart(
  { spec, plan, resumeFrom }: TrainRequest,
  { folder, checkpointFile: file }: RunFolder,
  journal: RunJournal,
): boolean {
  const checkpoint = resumeFrom !== undefined && existsSync(file) ? inspectCheckpoint(file) : null;
  journal.emit({
    type: 'run-started',
    attempt: journal.record.attempts.length,
    pid: process.pid,
    folder,
    spec,
    plan,
    ...(checkpoint && { resumedFrom: { file, step: checkpoint.state.step } }),
  });
  return checkpoint !== null;
}

/** @throws PlimsollError MEMORY_CANNOT_FIT, and for what is wrong with data or tokenizer */
async function openParts({ request, base, limit, folder, journal }: BegunRun): Promise<RunParts> {
  const { spec, memory } = request;
  return await openRunParts(spec, base, join(folder.folder, 'cache'), {
    phase: (phase) => journal.phase(phase),
    opened: (opened, part, seconds) =>
      journal.emit({
        type: 'model-opened',
        ref: journal.record.base_model,
        revision: spec.baseModel.revision,
        architecture: opened.model.family,
        parameters: opened.parameters,
        trainable: [...part.parameters.values()].reduce((n, { data }) => n + data.length, 0),
        seconds,
      }),
    plan: (opened, data) => choosePlan(request, journal, { base: opened, data, limit }),
    room: roomFor(memory),
    adapted: (now) =>
      journal.emit({ type: 'warning', code: 'PLAN_CHANGED', message: adaptedText(now) }),
  });
}

/** @throws PlimsollError MEMORY_CANNOT_FIT */
function choosePlan(
  request: TrainRequest,
  journal: RunJournal,
  known: {
    readonly base: OpenedBase;
    readonly data: PreparedData;
    readonly limit: PlanQuestion['limit'];
  },
): Plan {
  const prediction = predictionFor(request, known.base, known.data, known.limit);
  journal.changeAttempt({ plan: prediction.plan });
  journal.change({ plan: prediction.plan, prediction });
  journal.emit({ type: 'planned', prediction });
  refuseUnfit(prediction);
  return prediction.plan;
}

function tellData({ parts: { data }, journal }: RunUnderWay): void {
  for (const split of ['train', 'valid'] as const) {
    const set = data[split];
    if (!set) continue;
    const { skipped, truncatedSource: source, truncatedTarget: target } = set.stats;
    const truncated = { source, target };
    const examples = set.count;
    journal.emit({ type: 'data-prepared', split, examples, skipped: { ...skipped }, truncated });
  }
  if (data.train.count === 0) throw new Error('internal: no examples to train on');
}

/** @file From a run as it was asked for to what the planner must know of it. Reads no weights. */
import { statSync } from 'node:fs';
import { readAheadBytes } from '#kernel';
import {
  type AdapterSpec,
  linearModules,
  type Model,
  type OpenedBase,
  resolveTargets,
} from '#models';
import type { RunSpec } from '#protocol';
import { batchLengthsOf, type ExamplesToPlan } from './batch-lengths.ts';
import { mmapThreshold } from './mmap-threshold.ts';
import type { PlanQuestion } from './question.ts';

export interface PlannedRun extends Pick<PlanQuestion, 'plan' | 'pinned' | 'limit' | 'correction'> {
  readonly spec: Pick<RunSpec, 'method' | 'hyperparameters'>;
  readonly base: Pick<OpenedBase, 'model' | 'tensors' | 'tokenizer'>;
  /** null where they are not looked at: each is taken to be as long as the spec allows */
  readonly examples: ExamplesToPlan | null;
}

/** @throws PlimsollError ADAPTER_TARGET_UNKNOWN */
export function questionOfRun({ spec, base, examples, plan, ...asked }: PlannedRun): PlanQuestion {
  const { model, tensors, tokenizer } = base;
  const { hyperparameters } = spec;
  return {
    ...asked,
    plan: { ...plan, mmapThreshold: mmapThreshold() },
    model,
    adapter: adapterOf(spec.method, model),
    weights: tensors,
    hyperparameters,
    longest: examples
      ? { source: examples.stats.longestSource, target: examples.stats.longestTarget }
      : { source: hyperparameters.sourceMaxTokens, target: hyperparameters.targetMaxTokens },
    batchLengths: examples && batchLengthsOf(spec, examples),
    readAhead: readAheadOf(tensors),
    tokenizerBytes: tokenizer.files.reduce((sum, file) => sum + statSync(file).size, 0),
  };
}

/** Converted weights lie elsewhere, on the same disk as a rule. */
export function readAheadOf(tensors: PlanQuestion['weights']): number {
  const files = new Set([...tensors.values()].map(({ file }) => file));
  return Math.max(0, ...[...files].map((file) => readAheadBytes(file)));
}

/** What a method adds to the model; null where it trains the model's own weights. */
export function adapterOf(method: RunSpec['method'], model: Model): AdapterSpec | null {
  if (method.kind === 'full') return null;
  if (method.kind === 'soft-prompt') {
    const { kind, virtualTokens } = method;
    return { kind, virtualTokens, rows: virtualTokens * model.submodules };
  }
  const { kind, r, alpha, dropout, targetModules } = method;
  return { kind, r, alpha, dropout, modules: resolveTargets(linearModules(model), targetModules) };
}

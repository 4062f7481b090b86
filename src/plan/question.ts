/** @file What the planner is asked: a run as far as memory and time depend on it. */
import type { AdapterSpec, Model } from '#models';
import type { Plan, RunSpec } from '#protocol';
import type { TensorLocation } from '#weights';

/** Examples that go through the model together, padded to the longest of them. */
export interface BatchLengths {
  readonly size: number;
  readonly source: number;
  readonly target: number;
}

export interface PlanQuestion {
  readonly model: Model;
  /** null where all weights are trained */
  readonly adapter: AdapterSpec | null;
  /** the base's tensors as they are stored: shapes, and bytes in their files */
  readonly weights: ReadonlyMap<string, TensorLocation>;
  readonly hyperparameters: RunSpec['hyperparameters'];
  /** the longest example in tokens, at most what the spec allows */
  readonly longest: { readonly source: number; readonly target: number };
  /** the micro-batches of the whole run under a plan; absent: only bounds are known */
  readonly batchLengths?:
    | ((plan: Pick<Plan, 'microBatch' | 'microBatchTokens'>) => readonly BatchLengths[])
    | null
    | undefined;
  readonly tokenizerBytes: number;
  /** bytes that the kernel reads around a missing page of the weights' files */
  readonly readAhead: number;
  /** what the user asked for; what they did not is the planner's to choose */
  readonly plan: Plan;
  readonly pinned: ReadonlySet<keyof Plan>;
  /** bytes that an attempt before took beyond its prediction: each plan is taken to need them too */
  readonly correction?: number | undefined;
  readonly limit: {
    /** null where nothing limits but the machine's whole memory */
    readonly bytes: number | null;
    /** who set it, in words */
    readonly from: string;
    /** unreclaimable bytes in use under it by others before the run begins */
    readonly baseline: number;
    /** bytes for the run and for pages of files, where only the run itself keeps to `bytes`; absent: what `bytes` leave it */
    readonly withFiles?: number | undefined;
  };
}

/** @file What #train is asked for, whom it tells, and what comes of it. */
import type { Plan, RunEvent, RunSpec, TrainingRun } from '#protocol';
import type { Sample } from './held-out-answers.ts';
import type { RunPlace } from './run-folder.ts';

export interface TrainRequest {
  readonly spec: RunSpec;
  readonly plan: Plan;
  /** what the user chose of the plan: the planner leaves it as it is */
  readonly pinned: ReadonlySet<keyof Plan>;
  /** bytes that the user allows the run; absent: what the limits around it allow */
  readonly memory?: number | undefined;
  /** bytes of the limit of which `memory` is a share: pages of files may fill the rest, unless `memory` is enforced */
  readonly shareOf?: number | undefined;
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

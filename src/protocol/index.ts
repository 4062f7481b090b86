/** @file The door of protocol/: what crosses a process or the wire. Runs in a browser too. */
export {
  type AttemptRecord,
  attemptRecordSchema,
  type AttemptSummary,
  type RunVerdict,
  runVerdictSchema,
  summaryOf,
} from './attempt-record.ts';
export { type CommandHistory, commandHistorySchema, type PastRun } from './command-history.ts';
export { type LimitOrigin, limitOriginSchema } from './limit-origin.ts';
export { planSchema, type Plan, type PlanInput } from './plan.ts';
export { predictionSchema, type Prediction, type PredictionItem } from './prediction.ts';
export { check, problemsText, type Checked, type Problem } from './problems.ts';
export {
  type PolicyFile,
  policyFileSchema,
  type RecoveryPolicy,
  recoveryPolicySchema,
} from './recovery-policy.ts';
export {
  encodeEvent,
  type MemorySample,
  PHASES,
  runEventSchema,
  type Phase,
  type RunEvent,
  type RunEventType,
} from './run-event.ts';
export { runSpecSchema, type RunSpec, type RunSpecInput } from './run-spec.ts';
export { trainingRunSchema, type Attempt, type TrainingRun } from './training-run.ts';
export {
  type Cause,
  CAUSES,
  type Grade,
  type Remedy,
  type Verdict,
  verdictSchema,
} from './verdict.ts';

/** @file The door of protocol/: what crosses a process or the wire. Runs in a browser too. */
export { valueProblem, wholeValue } from './allowed-value.ts';
export { type ApiError, apiErrorSchema } from './api-error.ts';
export {
  type AnsweringCommand,
  answeringCommandSchema,
  type AnsweringEvent,
  answeringEventSchema,
  type AnsweringNeed,
  answeringNeedSchema,
  type AnswerOrder,
} from './answering.ts';
export {
  type ApiToken,
  apiTokenSchema,
  type MadeToken,
  madeTokenSchema,
  type NewToken,
  newTokenSchema,
  type Scope,
  SCOPES,
} from './api-token.ts';
export {
  type AttemptRecord,
  attemptRecordSchema,
  type AttemptSummary,
  type RunVerdict,
  runVerdictSchema,
} from './attempt-record.ts';
export {
  type AllowedValue,
  allowedValueSchema,
  type CommandConfig,
  commandConfigSchema,
  type CommandOrder,
  commandOrderSchema,
  type CommandRun,
  commandRunSchema,
  type ListedCommand,
  listedCommandSchema,
} from './command-order.ts';
export {
  type DataFile,
  dataFileFormSchema,
  dataFileSchema,
  type DataPreview,
  dataPreviewSchema,
} from './data-preview.ts';
export { DEFAULT_RUN } from './default-run.ts';
export { type LimitOrigin, limitOriginSchema } from './limit-origin.ts';
export { type MachineSurvey, machineSurveySchema } from './machine-survey.ts';
export {
  type ChatChunk,
  chatChunkSchema,
  type ChatCompletion,
  chatCompletionSchema,
  type ChatRequest,
  chatRequestSchema,
  type Completion,
  type CompletionRequest,
  completionRequestSchema,
  completionSchema,
  type OpenAiUsage,
} from './openai-completions.ts';
export { type OpenAiError, openAiErrorSchema } from './openai-error.ts';
export {
  FILE_PURPOSES,
  type OpenAiFile,
  openAiDeletedFileSchema,
  openAiFileFormSchema,
  openAiFileSchema,
} from './openai-file.ts';
export {
  type Hyperparameters,
  type NewJob,
  newJobSchema,
  type OpenAiCheckpoint,
  openAiCheckpointSchema,
  type OpenAiJob,
  type OpenAiJobEvent,
  openAiJobEventSchema,
  openAiJobSchema,
} from './openai-job.ts';
export { type OpenAiModel, openAiModelSchema } from './openai-model.ts';
export { type OpenAiPage, openAiPageSchema } from './openai-page.ts';
export { type OrderDefaults, orderDefaults, orderDefaultsSchema } from './order-defaults.ts';
export { orderOfPlan } from './plan-order.ts';
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
export { type RunProgress, runProgressSchema } from './run-progress.ts';
export { runSpecSchema, type RunSpec, type RunSpecInput } from './run-spec.ts';
export { type ServiceConfig, serviceConfigSchema } from './service-config.ts';
export {
  SERVICE_EVENTS,
  type ServiceEvent,
  serviceEventSchema,
  type ServiceEventType,
  type ServiceSample,
  serviceSampleSchema,
} from './service-event.ts';
export {
  RUN_STATUSES,
  type RunStatus,
  type ServiceAttempt,
  type ServiceRun,
  serviceRunSchema,
} from './service-run.ts';
export { type ServiceSession, serviceSessionSchema } from './service-session.ts';
export {
  type PlanOrder,
  planOrderSchema,
  TRAINED_FIELDS,
  type TrainingOrder,
  trainingOrderSchema,
} from './training-order.ts';
export {
  type NewSchedule,
  newScheduleSchema,
  scheduleSchema,
  type TrainingSchedule,
} from './training-schedule.ts';
export { trainingRunSchema, type Attempt, type TrainingRun } from './training-run.ts';
export {
  type Cause,
  CAUSES,
  type Grade,
  type Remedy,
  remedySchema,
  type Verdict,
  verdictSchema,
} from './verdict.ts';

/** @file The door of plan/: what a step does, what it takes, and how to make it take less. */
export { AddressSpace, type Place } from './address-space.ts';
export { answeringMemory, type AnsweringSubject } from './answering-memory.ts';
export { answeringNeed } from './answering-need.ts';
export {
  gradientOf,
  inputName,
  type TrainingGraphs,
  trainingGraphs,
  type TrainingSegment,
} from './derive-segments.ts';
export { bytesBeingRead } from './mapped-weights.ts';
export { type ExampleLengths, microBatches } from './micro-batches.ts';
export { createOrder, type Order } from './order.ts';
export type { PlanQuestion } from './question.ts';
export { adapterOf, type PlannedRun, questionOfRun, readAheadOf } from './question-of-run.ts';
export { runLimit } from './run-limit.ts';
export { type Action, schedule, sliceLength, valueName } from './schedule.ts';
export { Estimator, type Estimate, type GraphWork, noGraphWork } from './estimate.ts';
export { planRun } from './predict.ts';
export {
  type BatchShape,
  type SessionCache,
  stepMemory,
  type StepMemory,
  type Subject,
} from './step-memory.ts';

/** @file The door of supervise/: one attempt of any command, from its limit to its verdict. */
export { type AttemptRequest, type Outcome, superviseAttempt } from './attempt.ts';
export type { GuardPolicy } from './guard.ts';
export type { Notice } from './pressure-notice.ts';
export {
  makeRecordFolder,
  OUTPUT_LOG,
  readRecord,
  recordsFolder,
  runIds,
  writeRecord,
} from './run-records.ts';
export { type Survey, surveyMachine } from './survey.ts';
export type { TrainerFacts } from './trainer-facts.ts';

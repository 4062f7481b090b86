/** @file The door of supervise/: a run of any command, attempt by attempt, each from its limit to its verdict. */
export { type AttachedCommand, type AttachedEnd, launchAttached } from './attached.ts';
export { summaryOf } from './attempt-summary.ts';
export { SCOPE_VARIABLE, scopeToEnter } from './enter-scope.ts';
export {
  type Command,
  fill,
  type FilledRung,
  type Ladder,
  ladderOf,
  mismatch,
  parseLadder,
  placeholdersOf,
  type Rung,
  rungsOf,
} from './ladder.ts';
export { exitCodeOf } from './exit-codes.ts';
export type { GuardPolicy } from './guard.ts';
export { pastRuns, rememberEnd } from './history.ts';
export { expectedPeak, firstRung, type PastRun } from './past-runs.ts';
export type { Notice } from './pressure-notice.ts';
export { type EndedAttempt, type NextStart, superviseRun } from './recovery.ts';
export { whyNoGroup } from './place.ts';
export { DEFAULT_POLICY, nextAttempt, type Tried, unfinishedTrainer } from './recovery-policy.ts';
export { planResumption } from './ask-planner.ts';
export { isBelowAnother, resumptionFlags } from './resume-command.ts';
export { makeRecordFolder, OUTPUT_LOG, readRecord, recordsFolder, runIds } from './run-records.ts';
export { surveyMachine } from './survey.ts';
export { type TrainerFacts, withEvent } from './trainer-facts.ts';
export { attachDetached, type DetachedRequest, launchDetached } from './detached.ts';
export type { DetachedAttempt } from './detached-watch.ts';
export { NO_TERMINAL, SOLUTIONS, solutionLines, verdictLines } from './verdict-lines.ts';

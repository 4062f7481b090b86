/** @file The door of train/: runs, and models at work. */
export {
  evaluateModel,
  type EvaluateModelOptions,
  generateTexts,
  type GenerateTextsOptions,
  type ModelEvaluation,
} from './answer-texts.ts';
export { type Answerer, openAnswerer } from './answerer.ts';
export { needToAnswer } from './need-to-answer.ts';
export {
  type ComparedPrecision,
  comparePrecisions,
  type ComparePrecisionsOptions,
} from './compare-precisions.ts';
export {
  convertModel,
  initModel,
  type MadeModel,
  modelInfo,
  type ModelInfo,
} from './model-files.ts';
export type { Sample } from './held-out-answers.ts';
export type { TrainHooks, TrainOutcome, TrainRequest } from './train-request.ts';
export { trainRun } from './train-run.ts';

/** @file The door of data/: files -> examples -> a token cache on disk. */
export { buildTokenCache, type BuildOptions } from './build-token-cache.ts';
export { checkExamples } from './check-examples.ts';
export { sourceOf } from './conversation.ts';
export type { DataFile, Example, ExampleCounts, ExampleOptions, ExampleReader } from './example.ts';
export { type ExampleSubset, type HeldOutSplit, splitHeldOut } from './held-out.ts';
export { openExamples } from './open-examples.ts';
export { type ExampleSet, prepareData, type PreparedData } from './prepare-data.ts';
export { DEFAULT_QUERY } from './sqlite.ts';
export { previewExamples } from './preview-examples.ts';
export {
  openTokenCache,
  type TokenCache,
  type TokenizedExample,
  type TokenStats,
} from './token-cache.ts';
export { type ExamplesToUse, withTokens } from './with-tokens.ts';

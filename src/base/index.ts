/** @file The door of base/: errors, bytes, ids, canonical JSON, files. Imports nothing of ours. */
export { formatBytes, parseBytes, sizeText } from './bytes.ts';
export { ERRORS, type ErrorCode, type ErrorParams } from './errors.ts';
export { EVENTS_VARIABLE } from './events-variable.ts';
export { errorOf, fail, PlimsollError } from './fail.ts';
export {
  makeFolder,
  replaceFile,
  replaceLink,
  syncFolder,
  systemCodeOf,
  temporaryName,
  throwWriteError,
  writeAll,
  writeFileSafely,
} from './files.ts';
export { checkRunId, newRunId } from './ids.ts';
export { canonicalJson, fingerprintOf } from './json.ts';
export {
  MOMENT_BLOCK,
  momentBytes,
  type MomentStorage,
  momentStorageOf,
} from './moment-storage.ts';
export { permutation, permutationAt } from './permutation.ts';
export { hash32, lowbias32, normal, STREAM, stream, uniform } from './random.ts';
export { readProblem } from './read-errors.ts';
export {
  BLOCK,
  canStore,
  type RowSlice,
  storedBytes,
  weightSlices,
  type WeightStorage,
} from './weight-storage.ts';
export { formatDuration, wrapWords } from './text.ts';

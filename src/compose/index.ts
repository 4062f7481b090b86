/** @file The door of compose/: the memory limit of a service in a compose file, found and raised in place. */
export { composeFileIn, overrideOf } from './compose-file.ts';
export { diffLines } from './diff-lines.ts';
export { limitsMemory, proposeLimit } from './propose-limit.ts';
export { replaceWithBackup } from './replace-with-backup.ts';

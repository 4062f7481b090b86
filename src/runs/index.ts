/** @file The door of runs/: a run's folder as those know it who do not train. */
export { findRun, folderOfRun, readRecord, recordFile, writeRecord } from './run-record.ts';

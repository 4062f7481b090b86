/** @file What comes with the package: a small base model, and one household's history to learn from. */
import { join } from 'node:path';

/** Folder of the embedded base model. */
export const EMBEDDED_BASE = inPackage('assets/base-model');

/** The name that stands for it on the command line and in the files of a run, on any machine. */
export const EMBEDDED_BASE_NAME = 'plimsoll-mini';

/** Example data in the schema of the original service's database. */
export const EXAMPLE_DATA = inPackage('assets/examples/household.db');

/** This file lies two folders below the package's root, as source and when built. */
export function inPackage(path: string): string {
  return join(import.meta.dirname, '../..', path);
}

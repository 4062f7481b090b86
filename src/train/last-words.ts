/**
 * @file Room on the disk for the last words of a run: where the disk is full, why it ended could not be written into its
 * record either. A file of that size is kept while the run lives, and removed before the end is told.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** As a temporary file is named, so that what a kill leaves is removed when the folder is next opened. */
const FILE = '.last-words.tmp';
/** A record with the tables of a prediction twice over, and some events. */
const BYTES = 256 * 2 ** 10;

export interface LastWords {
  /** Gives the room free. Twice does no harm. */
  makeRoom(): void;
}

/** Where there is no room even now, the run will say so by itself. */
export function keepRoom(folder: string): LastWords {
  const file = join(folder, FILE);
  const makeRoom = () => rmSync(file, { force: true });
  try {
    writeFileSync(file, Buffer.alloc(BYTES));
  } catch {
    makeRoom();
  }
  return { makeRoom };
}

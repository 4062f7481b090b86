/** @file A run once all of it is opened: what each part of its course works with. */
import type { RunFolder } from './run-folder.ts';
import type { RunJournal } from './run-journal.ts';
import type { RunParts } from './run-parts.ts';
import type { RunState } from './run-state.ts';

export interface RunUnderWay {
  readonly folder: RunFolder;
  readonly journal: RunJournal;
  readonly state: RunState;
  readonly parts: RunParts;
}

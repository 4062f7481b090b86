/** @file Where a run stands: in memory, and in the files that it goes on from. */
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunJournal } from './run-journal.ts';
import type { RunParts } from './run-parts.ts';
import { INITIAL_STATE, type TrainingState } from './training-state.ts';

export class RunState {
  readonly #folder: RunFolder;
  readonly #journal: RunJournal;
  readonly #began = performance.now();
  #now: TrainingState = INITIAL_STATE;
  #secondsBefore = 0;

  constructor(folder: RunFolder, journal: RunJournal) {
    this.#folder = folder;
    this.#journal = journal;
  }

  get now(): TrainingState {
    return this.#now;
  }

  /** Of all attempts together. */
  get seconds(): number {
    return this.#secondsBefore + (performance.now() - this.#began) / 1000;
  }

  change(change: Partial<TrainingState>): void {
    this.#now = { ...this.#now, ...change };
  }

  /** Goes on where the checkpoint is. @throws PlimsollError CHECKPOINT_* */
  resume(parts: RunParts): void {
    const { checkpointFile } = this.#folder;
    const tensors = { parameters: parts.part.parameters, optimizer: parts.adamw.state };
    this.#now = loadCheckpoint(checkpointFile, parts.spec, tensors, (from) =>
      this.#journal.emit({
        type: 'warning',
        code: 'OPTIMIZER_STATE_CONVERTED',
        message: `the optimizer's state was stored in ${from}, the plan has it in ${parts.plan.optimizerState}: it was converted, so the run goes on near to how it would have, not to the bit`,
      }),
    );
    const { step, seconds } = this.#now;
    this.#secondsBefore = seconds;
    this.#journal.changeAttempt({ from_step: step, to_step: step });
  }

  checkpoint(parts: RunParts): void {
    this.#journal.phase('checkpoint');
    const { checkpointFile: file } = this.#folder;
    const bytes = this.#save(parts, file, parts.adamw.state);
    const { step } = this.#now;
    this.#journal.emit({ type: 'checkpoint', step, file, bytes });
    this.#journal.changeAttempt({ to_step: step });
    this.#journal.write();
    this.#journal.phase('train');
  }

  /** Beside the checkpoint, for the end; nothing goes on from it. */
  keepBest(parts: RunParts): void {
    this.#save(parts, this.#folder.bestFile, null);
  }

  /** Puts the parameters back that were the best. */
  takeBest(parts: RunParts): void {
    const tensors = { parameters: parts.part.parameters, optimizer: null };
    loadCheckpoint(this.#folder.bestFile, parts.spec, tensors);
  }

  #save(parts: RunParts, file: string, optimizer: RunParts['adamw']['state'] | null): number {
    const state = { ...this.#now, seconds: this.seconds };
    const tensors = { parameters: parts.part.parameters, optimizer };
    return saveCheckpoint(file, { spec: parts.spec, state }, tensors);
  }
}

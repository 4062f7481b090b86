/** @file From a model that is served to the flags of `plimsoll answer`. Pure. */
import { basename } from 'node:path';
import type { ServedModel } from '../openai/served-models.ts';

/** A value is joined to its flag, so that none can pass for another flag. */
export function answeringWords({ base, tuned }: Pick<ServedModel, 'base' | 'tuned'>): string[] {
  if (tuned === null) return [`--model=${base}`];
  // A run of all weights has made a whole model, and needs its base no more.
  if (basename(tuned) === 'model') return [`--model=${tuned}`];
  return [`--model=${base}`, `--adapter=${tuned}`];
}

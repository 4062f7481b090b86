/** @file Which model is tried, and beside which base: by `?run=` or `?model=` in the address, else the newest tuned one. */
import type { OpenAiModel } from '#protocol';
import { useSearchParams } from 'wouter';
import { useModels } from '../api/machine.ts';
import { useRun } from '../api/runs.ts';
import { baseAmong, type TunedModel, tunedModel } from './model-ids.ts';

export interface Choice {
  readonly models: readonly OpenAiModel[];
  readonly model: string;
  /** null for a base */
  readonly tuned: TunedModel | null;
  /** null where it is not there any more, or `model` is one itself */
  readonly base: string | null;
}

interface Choosing {
  /** undefined while it is not known; null where the run has made nothing that can be asked */
  readonly choice: Choice | null | undefined;
  /** the run that was asked for */
  readonly run: number | null;
  readonly error: Error | null;
  readonly again: () => void;
  readonly choose: (model: string) => void;
}

export function useChoice(): Choosing {
  const [query, setQuery] = useSearchParams();
  const run = /^\d+$/.test(query.get('run') ?? '') ? Number(query.get('run')) : null;
  const models = useModels();
  const asked = useRun(run ?? 0, run !== null);
  const identifier = run === null ? null : asked.data?.runIdentifier;
  const wanted = query.get('model');
  const isWanted = (id: string): boolean =>
    identifier === null ? id === wanted : tunedModel(id)?.run === identifier;
  const anyOne = run === null && wanted === null;
  const known = models.data && identifier !== undefined ? models.data : null;
  const found = known && (choiceOf(known, isWanted) ?? (anyOne ? newest(known) : null));
  // What has only just been made is not in a list from before.
  const choice = found ?? (known && !models.isFetching ? null : undefined);
  return {
    choice,
    run,
    error: models.error ?? asked.error,
    again: () => {
      void models.refetch();
      if (run !== null) void asked.refetch();
    },
    choose: (model) => setQuery({ model }),
  };
}

function newest(models: readonly OpenAiModel[]): Choice | null {
  const first = models.find(({ id }) => tunedModel(id)) ?? models[0];
  return first ? choiceOf(models, (id) => id === first.id) : null;
}

function choiceOf(
  models: readonly OpenAiModel[],
  isWanted: (id: string) => boolean,
): Choice | null {
  const model = models.find(({ id }) => isWanted(id))?.id;
  if (model === undefined) return null;
  const tuned = tunedModel(model);
  const ids = models.map(({ id }) => id);
  return { models, model, tuned, base: tuned && baseAmong(ids, tuned) };
}

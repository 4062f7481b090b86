/** @file Examples to ask, from the data of the run that made the model: read when they are asked for. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DataPreview, ServiceRun } from '#protocol';
import { getJson } from '../api/request.ts';
import { RUNS } from '../api/runs.ts';
import { usePreview } from '../api/start.ts';
import { Problem } from '../frame/notes.tsx';
import { exampleOrder } from './example-order.ts';
import type { TunedModel } from './model-ids.ts';

export type Example = DataPreview['first'][number];

interface Props {
  readonly tuned: TunedModel;
  readonly disabled: boolean;
  readonly onChoose: (example: Example) => void;
}

export function Examples({ tuned, disabled, onChoose }: Props) {
  const [asked, setAsked] = useState(false);
  if (asked) return <Listed tuned={tuned} onChoose={onChoose} />;
  return (
    <p>
      <button type="button" className="small" disabled={disabled} onClick={() => setAsked(true)}>
        Examples from its data
      </button>
    </p>
  );
}

function Listed({ tuned, onChoose }: Omit<Props, 'disabled'>) {
  const run = useRunNamed(tuned.run);
  const { order, heldOut } = run.data ? exampleOrder(run.data) : { order: {}, heldOut: false };
  const preview = usePreview(order, !!run.data);
  const error = run.error ?? preview.error;
  if (error) return <Problem error={error} onRetry={run.data ? preview.refetch : run.refetch} />;
  if (run.data === null) return <p className="soft">Its run was deleted, and says no more.</p>;
  if (!preview.data) {
    return (
      <p role="status" className="soft">
        Its data is read …
      </p>
    );
  }
  return (
    <div className="examples">
      <p className="soft">
        {heldOut
          ? 'Of what was held out: it was not trained on these.'
          : 'The first of its data; it may have been trained on these.'}
      </p>
      <ul>
        {preview.data.first.map((example) => (
          <li key={example.source.text}>
            <button type="button" className="small" onClick={() => onChoose(example)}>
              {shortened(example.source.text)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Null where there is none. */
function useRunNamed(identifier: string) {
  return useQuery({
    queryKey: ['run-named', identifier],
    queryFn: async ({ signal }) => {
      const found = await getJson<ServiceRun[]>(`${RUNS}?search=${identifier}`, signal);
      return found.find(({ runIdentifier }) => runIdentifier === identifier) ?? null;
    },
  });
}

const MOST_CHARACTERS = 120;

function shortened(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}

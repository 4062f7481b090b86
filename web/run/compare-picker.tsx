/** @file Which run another is compared with: any that the service finds, or none. */
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import type { ServiceRun } from '#protocol';
import { useRun, useRuns } from '../api/runs.ts';
import { type Choice, SearchChoice } from '../look/search-choice.tsx';
import { modelOf } from '../runs/runs-table.tsx';
import { formatDay } from '../words/times.ts';
import { STATUS_WORDS } from '../words/verdicts.ts';

interface Props {
  readonly run: ServiceRun;
  /** the id of the one that it is compared with; null for none */
  readonly other: number | null;
}

export function ComparePicker({ run, other }: Props) {
  const [, setQuery] = useSearchParams();
  const [search, setSearch] = useState('');
  const {
    data = [],
    error,
    isPending,
    isPlaceholderData,
  } = useRuns({ status: null, search, before: null });
  const chosen = useRun(other ?? 0, other !== null).data;
  const found = data.filter(({ id }) => id !== run.id);
  const none = search === '' ? 'There is no other run.' : `No other run has “${search}” in it.`;
  const status = error?.message ?? (found.length === 0 ? none : null);
  return (
    <>
      <SearchChoice
        name="Compare with"
        placeholder="Compare with …"
        chosen={other === null ? null : chosen ? choiceOf(chosen) : unknown(other)}
        found={found.map(choiceOf)}
        isOld={isPlaceholderData}
        status={isPending ? 'Runs are looked for …' : status}
        onSearch={setSearch}
        onChoose={({ value }) => setQuery({ with: value })}
      />
      {other !== null && (
        <button type="button" onClick={() => setQuery({})}>
          Alone again
        </button>
      )}
    </>
  );
}

function choiceOf(run: ServiceRun): Choice {
  const words = [modelOf(run), STATUS_WORDS[run.status].toLowerCase(), formatDay(run.createdAt)];
  return { value: String(run.id), label: `${run.id} ${words.join(', ')}` };
}

/** Not yet, or no more. */
function unknown(id: number): Choice {
  return { value: String(id), label: `run ${id}` };
}

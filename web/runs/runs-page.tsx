/** @file All runs: filtered and searched by the service, a page at a time, live. What is chosen stands in the address. */
import { useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { RunStatus } from '#protocol';
import { PAGE_SIZE, type RunFilter, useDeletedRuns, useRuns, useRunsLive } from '../api/runs.ts';
import { Failure, Problem, Waiting } from '../frame/notes.tsx';
import { StartDefaults } from '../start/start-defaults.tsx';
import { STATUS_WORDS } from '../words/verdicts.ts';
import { RunsTable } from './runs-table.tsx';
import './runs-page.css';

const STATUSES: readonly RunStatus[] = ['running', 'queued', 'completed', 'failed', 'cancelled'];

export function RunsPage() {
  const [filter, choose] = useFilter();
  const { data: runs, error, isPlaceholderData, refetch } = useRuns(filter);
  useRunsLive();
  useEffect(() => {
    document.title = 'Runs · Plimsoll';
  }, []);
  return (
    <>
      <div className="row spread runs-head">
        <h1>Runs</h1>
        <StartDefaults />
        <Search value={filter.search} onSearch={(search) => choose({ search, before: null })} />
      </div>
      <div className="row filters" role="group" aria-label="Show">
        {[null, ...STATUSES].map((status) => (
          <button
            key={status}
            type="button"
            aria-pressed={filter.status === status}
            onClick={() => choose({ status, before: null })}
          >
            {status === null ? 'All' : STATUS_WORDS[status]}
          </button>
        ))}
      </div>
      <Deletions />
      {error && runs && <Problem error={error} onRetry={refetch} />}
      {runs ? (
        <div className={isPlaceholderData ? 'panel runs renewing' : 'panel runs'}>
          {runs.length === 0 ? <Nothing filter={filter} /> : <RunsTable runs={runs} />}
        </div>
      ) : error ? (
        <Failure error={error} onRetry={refetch} />
      ) : (
        <Waiting />
      )}
      <div className="row spread">
        {filter.before === null ? (
          <span />
        ) : (
          <button type="button" onClick={() => choose({ before: null })}>
            To the newest
          </button>
        )}
        {runs?.length === PAGE_SIZE && (
          <button type="button" onClick={() => choose({ before: runs.at(-1)?.id ?? null })}>
            Older runs
          </button>
        )}
      </div>
    </>
  );
}

/** So many are named. */
const MOST_NAMED = 3;

/** A row that is gone is missed: it is said why. */
function Deletions() {
  const deleted = useDeletedRuns();
  const named = deleted.slice(0, MOST_NAMED).join(', ');
  const more = deleted.length - MOST_NAMED;
  return (
    <p role="status" className="soft">
      {deleted.length === 1 && `Run ${named} was deleted.`}
      {deleted.length > 1 && `Runs ${named}${more > 0 ? ` and ${more} more` : ''} were deleted.`}
    </p>
  );
}

function useFilter(): [RunFilter, (change: Partial<RunFilter>) => void] {
  const [query, setQuery] = useSearchParams();
  const before = Number(query.get('before'));
  const filter: RunFilter = {
    status: STATUSES.find((status) => status === query.get('status')) ?? null,
    search: query.get('search') ?? '',
    before: Number.isInteger(before) && before > 0 ? before : null,
  };
  const choose = (change: Partial<RunFilter>): void => {
    const chosen = Object.entries({ ...filter, ...change }).filter(([, value]) => value);
    setQuery(new URLSearchParams(chosen.map(([name, value]) => [name, String(value)])), {
      replace: 'search' in change,
    });
  };
  return [filter, choose];
}

/** So long nothing was typed before it is searched. */
const TYPED_MS = 250;

function Search({ value, onSearch }: { readonly value: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  if (told !== value) {
    setTold(value);
    setText(value);
  }
  useEffect(() => {
    if (text.trim() === value) return undefined;
    const timer = setTimeout(() => onSearch(text.trim()), TYPED_MS);
    return () => clearTimeout(timer);
  }, [text, value, onSearch]);
  return (
    <input
      type="search"
      aria-label="Search runs"
      placeholder="Model, name, error, who, number"
      maxLength={200}
      value={text}
      onChange={({ target }) => setText(target.value)}
    />
  );
}

function Nothing({ filter: { status, search, before } }: { readonly filter: RunFilter }) {
  if (search !== '') return <p className="none">No run has “{search}” in it.</p>;
  if (before !== null) return <p className="none">There are none before this.</p>;
  if (status !== null) return <p className="none">None is {STATUS_WORDS[status].toLowerCase()}.</p>;
  return (
    <div className="none">
      <p>Nothing has been trained yet.</p>
      <p className="soft">
        “Start Training” trains the embedded model on example data, in a minute or two;{' '}
        <code>plimsoll train --server</code> does the same.
      </p>
    </div>
  );
}

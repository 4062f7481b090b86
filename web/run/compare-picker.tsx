/** @file Which run another is compared with: one of the newest, or none. */
import { useSearchParams } from 'wouter';
import type { ServiceRun } from '#protocol';
import { useRuns } from '../api/runs.ts';
import { modelOf } from '../runs/runs-table.tsx';
import { STATUS_WORDS } from '../words/verdicts.ts';

export function ComparePicker({ run }: { readonly run: ServiceRun }) {
  const [query, setQuery] = useSearchParams();
  const { data: runs = [] } = useRuns({ status: null, search: '', before: null });
  const chosen = query.get('with') ?? '';
  const others = runs.filter(({ id }) => id !== run.id);
  const isListed = chosen === '' || others.some(({ id }) => String(id) === chosen);
  return (
    <select
      aria-label="Compare with"
      value={chosen}
      onChange={({ target }) => setQuery(target.value === '' ? {} : { with: target.value })}
    >
      <option value="">Compare with …</option>
      {!isListed && <option value={chosen}>run {chosen}</option>}
      {others.map((other) => (
        <option key={other.id} value={other.id}>
          {other.id} {modelOf(other)}, {STATUS_WORDS[other.status].toLowerCase()}
        </option>
      ))}
    </select>
  );
}

/** @file Who has how much of the limit, as a table: what the picture shows, in numbers. */
import { Link } from 'wouter';
import type { ServiceRun } from '#protocol';
import type { ServiceMemory } from '../api/machine.ts';
import { formatBytes } from '../words/bytes.ts';
import { formatPercent } from '../words/numbers.ts';
import type { Hold } from './holds.ts';
import { RunActions } from './run-actions.tsx';
import { TableHead } from '../look/table-head.tsx';

interface Props {
  readonly memory: ServiceMemory;
  readonly holds: readonly Hold[];
  readonly running: readonly ServiceRun[];
}

export function Holders({ memory, holds, running }: Props) {
  return (
    <table className="holders">
      <caption className="unseen">Who has how much of the limit</caption>
      <TableHead names={['Who', 'Has', 'Of the limit', 'Uses now']} actions />
      <tbody>
        {holds.map((hold) => {
          const run = running.find(({ id }) => id === hold.run);
          return (
            <tr key={hold.key}>
              <th scope="row">
                {hold.run === null ? (
                  hold.name
                ) : (
                  <Link href={`/runs/${hold.run}`}>{hold.name}</Link>
                )}
                {hold.kind === 'answering' && (
                  <span className="soft"> until a run needs it, or it has long been idle</span>
                )}
              </th>
              <td data-name="Has">{formatBytes(hold.bytes)}</td>
              <td data-name="Of the limit">{formatPercent(hold.bytes / memory.limit)}</td>
              <td data-name="Uses now">{usedWords(hold)}</td>
              <td>{run && <RunActions run={run} />}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function usedWords({ kind, used, bytes }: Hold): string | null {
  if (kind === 'free') return null;
  if (used === null) return kind === 'run' ? 'not yet seen' : 'not measured here';
  return `${formatBytes(used)}, ${formatPercent(used / bytes)} of it`;
}

/** @file The memory chart as a table, for those who do not see it: its highest in each of some stretches of time. */
import { useState } from 'react';
import { formatBytes } from '../words/bytes.ts';
import { formatDuration } from '../words/times.ts';
import type { MemoryColumns } from './memory-series.ts';
import { TableHead } from '../look/table-head.tsx';

const ROWS = 24;

export function MemoryTable({ columns }: { readonly columns: MemoryColumns }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="as-table" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>As a table</summary>
      {open && (
        <table>
          <TableHead names={['After', 'In use, at most', 'With files']} />
          <tbody>
            {rowsOf(columns).map(({ seconds, water, total }) => (
              <tr key={seconds}>
                <th scope="row">{formatDuration(seconds)}</th>
                <td>{formatBytes(water)}</td>
                <td>{formatBytes(total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}

interface Row {
  readonly seconds: number;
  readonly water: number;
  readonly total: number;
}

/** Of each stretch the moment at which most was in use. */
function rowsOf({ x, water, total }: MemoryColumns): Row[] {
  const highest = new Map<number, Row>();
  const end = x.at(-1) ?? 0;
  for (const [i, seconds] of x.entries()) {
    const row = { seconds, water: water[i] ?? 0, total: total[i] ?? 0 };
    const stretch = Math.min(Math.floor((seconds / Math.max(end, 1e-9)) * ROWS), ROWS - 1);
    if (row.water > (highest.get(stretch)?.water ?? 0)) highest.set(stretch, row);
  }
  return [...highest.values()];
}

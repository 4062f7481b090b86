/** @file Who waits, in the order in which they begin, and each for what. Those that somebody paused come last. */
import { Link } from 'wouter';
import type { ServiceRun } from '#protocol';
import { modelOf } from '../runs/runs-table.tsx';
import { formatBytes } from '../words/bytes.ts';
import { formatDay } from '../words/times.ts';
import { Priority } from './priority.tsx';
import { RunActions } from './run-actions.tsx';
import { TableHead } from '../look/table-head.tsx';

interface Props {
  readonly waiting: readonly ServiceRun[];
  /** bytes */
  readonly free: number;
}

/** A page; there may be thousands. */
const MOST = 100;

export function Waiting({ waiting, free }: Props) {
  if (waiting.length === 0) return <p className="soft">Nobody waits.</p>;
  const ordered = waiting.toSorted((a, b) => placeOf(a) - placeOf(b) || a.id - b.id);
  return (
    <>
      <table className="waiting-runs">
        <caption className="unseen">Runs that wait, the next first</caption>
        <TableHead
          names={['Place', 'Run', 'Priority', 'Needs', 'Why it waits', 'Asked for']}
          actions
        />
        <tbody>
          {ordered.slice(0, MOST).map((run) => (
            <tr key={run.id}>
              <td data-name="Place">{run.queue?.place ?? '–'}</td>
              <th scope="row">
                <Link href={`/runs/${run.id}`}>
                  {run.id} {modelOf(run)}
                </Link>
              </th>
              <td data-name="Priority">
                <Priority key={run.priority} run={run} />
              </td>
              <td data-name="Needs">{needWords(run, free)}</td>
              <td>{reasonWords(run)}</td>
              <td>
                <time dateTime={run.createdAt}>{formatDay(run.createdAt)}</time>
                <span className="soft"> {run.triggeredBy}</span>
              </td>
              <td>
                <RunActions run={run} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {ordered.length > MOST && <p className="soft">and {ordered.length - MOST} more.</p>}
      <p className="soft">By priority, the highest first, then by age; none overtakes another.</p>
    </>
  );
}

function placeOf({ queue }: ServiceRun): number {
  return queue?.place ?? Infinity;
}

function needWords({ limit, queue }: ServiceRun, free: number): string {
  if (limit === null) return 'not yet known';
  const more = limit - free;
  return queue?.place === 1 && more > 0
    ? `${formatBytes(limit)}: ${formatBytes(more)} more than is free`
    : formatBytes(limit);
}

function reasonWords({ queue, pause }: ServiceRun): string {
  if (pause !== null) return 'It was paused, and waits until it is resumed.';
  const reason = queue?.reason ?? 'it begins';
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}

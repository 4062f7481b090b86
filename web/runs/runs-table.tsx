/** @file Runs as rows; on a phone each is a card of the same cells. */
import { Link } from 'wouter';
import type { ServiceRun } from '#protocol';
import { formatNumber } from '../words/numbers.ts';
import { formatDay, formatDuration, secondsBetween } from '../words/times.ts';
import { verdictWords } from '../words/verdicts.ts';
import { MemoryStrip } from './memory-strip.tsx';
import { StatusBadge } from './status-badge.tsx';
import { TableHead } from '../look/table-head.tsx';

export function RunsTable({ runs }: { readonly runs: readonly ServiceRun[] }) {
  return (
    <table className="runs-table">
      <TableHead
        names={[
          'Run',
          'Status',
          'Progress',
          'Memory against its limit',
          'Loss',
          'How it went',
          'Asked for',
        ]}
      />
      <tbody>
        {runs.map((run) => (
          <Row key={run.id} run={run} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ run }: { readonly run: ServiceRun }) {
  const { text, grade, mood } = verdictWords(run);
  return (
    <tr>
      <th scope="row">
        <Link href={`/runs/${run.id}`}>
          <span className="number">{run.id}</span> {modelOf(run)}
        </Link>
        <span className="soft type">{run.trainingType}</span>
      </th>
      <td>
        <StatusBadge status={run.status} />
      </td>
      <td data-name="Progress">
        <Progress run={run} />
      </td>
      <td data-name="Memory">
        <MemoryStrip run={run} />
      </td>
      <td data-name="Loss">{run.finalLoss === null ? '' : formatNumber(run.finalLoss)}</td>
      <td className={`verdict ${mood}`}>
        {text}
        {grade && <span className="grade">{grade}</span>}
      </td>
      <td className="when" data-name="Asked for">
        <time dateTime={run.createdAt}>{formatDay(run.createdAt)}</time>
        <span className="soft">{run.triggeredBy}</span>
      </td>
    </tr>
  );
}

/** The last part of a path or of a name with its owner. */
export function modelOf({ baseModel, command, order }: ServiceRun): string {
  if (command) return command.name;
  const model = baseModel ?? order.base_model ?? 'plimsoll-mini';
  return model.split('/').at(-1) ?? model;
}

function Progress({
  run: { progress, status, startedAt, finishedAt },
}: {
  readonly run: ServiceRun;
}) {
  if (!progress) return null;
  const { step, of } = progress;
  const seconds = secondsBetween(startedAt, finishedAt);
  return (
    <span className="progress">
      <progress value={step} max={of} aria-label={`Step ${step} of ${of}`} />
      <span className="soft">
        {step}/{of}
        {status === 'running' ? '' : ` in ${formatDuration(seconds)}`}
      </span>
    </span>
  );
}

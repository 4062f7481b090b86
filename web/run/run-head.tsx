/** @file What a run is, how it stands, and what can be done with it. */
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { ServiceRun } from '#protocol';
import { type RunAction, useRunAction } from '../api/runs.ts';
import { useMayRun } from '../api/session.tsx';
import { Problem } from '../frame/notes.tsx';
import { modelOf } from '../runs/runs-table.tsx';
import { StatusBadge } from '../runs/status-badge.tsx';
import { formatDay, formatDuration, secondsBetween } from '../words/times.ts';
import { verdictWords } from '../words/verdicts.ts';
import { ComparePicker } from './compare-picker.tsx';
import { Confirm } from './confirm.tsx';

interface Props {
  readonly run: ServiceRun;
  /** the id of the one that it is compared with; null for none */
  readonly other: number | null;
}

export function RunHead({ run, other }: Props) {
  const { text, grade, mood } = verdictWords(run);
  const hasEnded = run.finishedAt !== null;
  return (
    <header className="run-head">
      <div>
        <p className="soft crumbs">
          <Link href="/">Runs</Link> / {run.id}
        </p>
        <div className="row">
          <h1>{modelOf(run)}</h1>
          <StatusBadge status={run.status} />
        </div>
        <p>
          <span className={`run-verdict ${mood}`}>{text}</span>
          {grade && <span className={`grade run-verdict ${mood}`}>{grade}</span>}
          <span className="soft">
            {' '}
            · {run.trainingType} · asked for by {run.triggeredBy}, {formatDay(run.createdAt)}
            {hasEnded && ` · took ${formatDuration(secondsBetween(run.startedAt, run.finishedAt))}`}
          </span>
          {run.retryOf !== null && (
            <>
              {' · '}
              <Link href={`/runs/${run.retryOf}`}>again, of run {run.retryOf}</Link>
            </>
          )}
        </p>
      </div>
      <Actions run={run} other={other} />
    </header>
  );
}

function Actions({ run, other }: Props) {
  const act = useRunAction(run.id);
  const mayRun = useMayRun();
  const [, go] = useLocation();
  const [asked, setAsked] = useState(false);
  const hasEnded = run.finishedAt !== null;
  const start = async (action: RunAction): Promise<void> => {
    // The stream may tell of a deletion before the answer does, and this is no longer shown then.
    const made = await act.mutateAsync({ action });
    if (action === 'cancel') setAsked(true);
    else go(action === 'delete' || !made ? '/' : `/runs/${made.id}`);
  };
  const begin = (action: RunAction): void => {
    void start(action).catch(() => undefined); // it is told below
  };
  const title = mayRun ? undefined : 'This needs a token with scope run';
  const disabled = !mayRun || act.isPending;
  return (
    <div className="run-actions">
      <div className="row">
        <ComparePicker run={run} other={other} />
        {run.status === 'completed' && run.command === null && (
          <Link href={`/try?run=${run.id}`} className="button">
            Try it
          </Link>
        )}
        {hasEnded ? (
          <>
            <button type="button" disabled={disabled} title={title} onClick={() => begin('retry')}>
              Run again
            </button>
            <Confirm
              name="Delete"
              question={`Delete run ${run.id}?`}
              text="Its folder goes with it: adapter, checkpoints, log, evidence. This cannot be undone."
              disabled={disabled}
              onConfirm={() => begin('delete')}
            />
          </>
        ) : asked ? (
          <span role="status" className="soft">
            It ends after a checkpoint …
          </span>
        ) : (
          <Confirm
            name="Cancel"
            question={`Cancel run ${run.id}?`}
            text={
              run.status === 'queued'
                ? 'It waits, and would never begin.'
                : 'It saves a checkpoint and ends.'
            }
            disabled={disabled}
            onConfirm={() => begin('cancel')}
          />
        )}
      </div>
      {act.error && (
        <Problem error={act.error} onRetry={() => act.variables && begin(act.variables.action)} />
      )}
    </div>
  );
}

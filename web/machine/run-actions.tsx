/** @file What can be done with a run that runs or waits: let it wait, let it go on, end it. */
import type { ServiceRun } from '#protocol';
import { type RunAction, useRunAction } from '../api/runs.ts';
import { useMayRun } from '../api/session.tsx';
import { Problem } from '../frame/notes.tsx';
import { Confirm } from '../run/confirm.tsx';

export function RunActions({ run: { id, status, pause, command } }: { readonly run: ServiceRun }) {
  const act = useRunAction(id);
  const mayRun = useMayRun();
  const disabled = !mayRun || act.isPending;
  const title = mayRun ? undefined : 'This needs a token with scope run';
  const start = (action: RunAction): void => act.mutate({ action });
  return (
    <span className="row run-can">
      {pause === 'asked' && <span className="soft">pauses after a checkpoint</span>}
      {/* A command that is not ours would begin once more from its start. */}
      {pause === null && command === null && (
        <button
          type="button"
          className="small"
          aria-label={`Pause run ${id}`}
          disabled={disabled}
          title={title}
          onClick={() => start('pause')}
        >
          Pause
        </button>
      )}
      {pause === 'paused' && (
        <button
          type="button"
          className="small"
          aria-label={`Resume run ${id}`}
          disabled={disabled}
          title={title}
          onClick={() => start('resume')}
        >
          Resume
        </button>
      )}
      <Confirm
        name="Cancel"
        question={`Cancel run ${id}?`}
        text={
          status === 'queued'
            ? 'It waits, and would never begin.'
            : 'It saves a checkpoint and ends.'
        }
        disabled={disabled}
        onConfirm={() => start('cancel')}
      />
      {act.error && <Problem error={act.error} />}
    </span>
  );
}

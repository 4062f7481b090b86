/** @file What a page says in place of what it cannot show: that it waits, what failed and what to do, what is not there. */
import type { ReactNode } from 'react';
import { Refusal } from '../api/request.ts';
import './frame.css';

export function Waiting() {
  return (
    <p className="waiting" role="status">
      One moment …
    </p>
  );
}

interface NoteProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly bad?: boolean;
}

export function Note({ title, children, bad = false }: NoteProps) {
  return (
    <section className={`panel note${bad ? ' bad' : ''}`}>
      <h1>{title}</h1>
      {children}
    </section>
  );
}

interface FailureProps {
  readonly error: Error;
  readonly onRetry?: (() => unknown) | undefined;
}

/** In place of a whole page. */
export function Failure({ error, onRetry = () => location.reload() }: FailureProps) {
  return (
    <div role="alert">
      <Note title="This could not be shown" bad>
        <p>{error.message}</p>
        {error instanceof Refusal && error.next !== '' && <p className="soft">{error.next}</p>}
        <button type="button" onClick={() => void onRetry()}>
          Try again
        </button>
      </Note>
    </div>
  );
}

/** Within a page, beside what was tried. */
export function Problem({ error, onRetry }: FailureProps) {
  return (
    <p role="alert" className="problem">
      <strong>{error.message}</strong>
      {error instanceof Refusal && error.next !== '' && <> {error.next}. </>}
      {onRetry && (
        <button type="button" className="small" onClick={() => void onRetry()}>
          Try again
        </button>
      )}
    </p>
  );
}

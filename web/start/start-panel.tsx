/** @file The button that starts the run as it is filled in, and what it has come to. */
import type { ReactNode } from 'react';

interface Props {
  readonly mayRun: boolean;
  readonly isPending: boolean;
  readonly children: ReactNode;
}

export function StartPanel({ mayRun, isPending, children }: Props) {
  return (
    <section className="panel" aria-label="Start">
      <button
        type="submit"
        className="first"
        disabled={!mayRun || isPending}
        aria-describedby="start-help"
      >
        {isPending ? 'Looking whether it fits …' : 'Start training'}
      </button>
      <p id="start-help" className="soft">
        {mayRun
          ? 'It begins when its turn comes. A run that cannot fit is not started.'
          : 'Starting needs a token with scope run: it takes memory. This one may see what a run would take; it sends no data and looks at none.'}
      </p>
      {children}
    </section>
  );
}

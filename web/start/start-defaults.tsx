/** @file A run with everything as it is preset, by one click; it is looked first whether it fits. */
import { Link, useLocation } from 'wouter';
import { useMayRun } from '../api/session.tsx';
import { useStart } from '../api/start.ts';
import { Problem } from '../frame/notes.tsx';
import { refusalOf } from './answer.ts';

const PRESET = { order: {} };

export function StartDefaults() {
  const start = useStart(refusalOf);
  const mayRun = useMayRun();
  const [, go] = useLocation();
  const begin = (): void => start.mutate(PRESET, { onSuccess: ({ id }) => go(`/runs/${id}`) });
  return (
    <div>
      <div className="row">
        <button
          type="button"
          className="first"
          disabled={!mayRun || start.isPending}
          title={mayRun ? undefined : 'This needs a token with scope run'}
          onClick={begin}
        >
          {start.isPending ? 'Looking whether it fits …' : 'Start Training'}
        </button>
        <Link href="/start">Choose model, data, parameters</Link>
      </div>
      {start.error && <Problem error={start.error} onRetry={begin} />}
    </div>
  );
}

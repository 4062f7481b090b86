/** @file A run's peak against its limit, in one line: water up to the mark, and where it was predicted to come to. */
import type { ServiceRun } from '#protocol';
import { formatBytes } from '../words/bytes.ts';
import { isOutOfMemory } from '../words/verdicts.ts';

const WIDTH = 120;
const HEIGHT = 18;
/** Of the width: beyond it there is only what the limit forbids. */
const LINE = 0.86;

export function MemoryStrip({ run }: { readonly run: ServiceRun }) {
  const { peak, limit, predicted, attempts } = run;
  if (limit === null) return null;
  const x = (bytes: number): number => Math.min((bytes / limit) * LINE, 1) * WIDTH;
  const killed = attempts.some(({ cause }) => isOutOfMemory(cause));
  const words = `${peak === null ? 'nothing measured' : `peak ${formatBytes(peak)}`} of ${formatBytes(limit)}${killed ? ', ran out of memory' : ''}`;
  return (
    <span className="strip">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width={WIDTH}
        height={HEIGHT}
        role="img"
        aria-label={words}
      >
        <rect x="0" y="4" width={WIDTH} height="10" rx="3" fill="var(--sunken)" />
        {peak !== null && (
          <rect x="0" y="4" width={x(peak)} height="10" rx="3" fill="var(--water)" />
        )}
        {predicted !== null && (
          <rect x={x(predicted) - 1} y="2" width="2" height="14" fill="var(--band)" />
        )}
        <rect x={LINE * WIDTH - 1} y="0" width="2.5" height={HEIGHT} fill="var(--line)" />
        {killed && (
          <path
            d={`M${LINE * WIDTH + 5} 5l8 8m0-8l-8 8`}
            stroke="var(--bad)"
            strokeWidth="2.2"
            strokeLinecap="round"
          />
        )}
      </svg>
      <span className="soft" aria-hidden="true">
        {peak === null ? '–' : formatBytes(peak)} / {formatBytes(limit)}
      </span>
    </span>
  );
}

/** @file A run in a few numbers. */
import type { ServiceRun } from '#protocol';
import { formatBytes } from '../words/bytes.ts';
import { formatPercent } from '../words/numbers.ts';

export function Figures({
  run: { peak, limit, predicted, progress, attempts },
}: {
  readonly run: ServiceRun;
}) {
  return (
    <dl className="figures">
      <Figure name="Peak">
        {peak === null ? '–' : formatBytes(peak)}
        {peak !== null && limit !== null && (
          <small>{formatPercent(peak / limit)} of its limit</small>
        )}
      </Figure>
      <Figure name="Limit">{limit === null ? 'not yet known' : formatBytes(limit)}</Figure>
      <Figure name="Predicted">
        {predicted === null ? '–' : formatBytes(predicted)}
        {predicted !== null && peak !== null && <small>{offBy(predicted, peak)}</small>}
      </Figure>
      <Figure name="Step">
        {progress ? `${progress.step} of ${progress.of}` : '–'}
        {attempts.length > 1 && <small>in {attempts.length} attempts</small>}
      </Figure>
    </dl>
  );
}

function offBy(predicted: number, peak: number): string {
  const part = predicted / peak - 1;
  if (Math.abs(part) < 0.0005) return 'as it came';
  return `${formatPercent(Math.abs(part))} ${part > 0 ? 'above' : 'below'} the peak`;
}

function Figure({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

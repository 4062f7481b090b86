/** @file The limit as a ship's hull: a hold for each who has a part of it, water in it for what is in use now. */
import type { ServiceMemory } from '../api/machine.ts';
import { formatBytes } from '../words/bytes.ts';
import { type Hold, holdsInWords } from './holds.ts';
import './vessel.css';

interface Props {
  readonly memory: ServiceMemory;
  readonly holds: readonly Hold[];
}

export function Vessel({ memory, holds }: Props) {
  return (
    <figure className="vessel">
      <figcaption>
        <span className="line-key" aria-hidden="true" /> The limit: {formatBytes(memory.limit)},{' '}
        {memory.from}
      </figcaption>
      <div className="hull" role="img" aria-label={holdsInWords(holds, memory, formatBytes)}>
        {holds
          .filter(({ bytes }) => bytes > 0)
          .map((hold) => (
            <HoldView key={hold.key} hold={hold} />
          ))}
      </div>
    </figure>
  );
}

function HoldView({ hold: { kind, run, bytes, used } }: { readonly hold: Hold }) {
  return (
    <div className={`hold ${kind}`} style={{ flexGrow: bytes }}>
      {used !== null && used > 0 && (
        <div
          className="hold-water"
          style={{ height: `${Math.min((used / bytes) * 100, 100).toFixed(1)}%` }}
        />
      )}
      <span className="hold-name">
        {kind === 'run' ? `Run ${run}` : NAMES[kind]}
        <small>{formatBytes(bytes)}</small>
      </span>
    </div>
  );
}

const NAMES = { service: 'Service', answering: 'Answers', free: 'Free' } as const;

/** @file What a run will take against its limit, as it is filled in: water up to the peak, the line, what would do. */
import type { Prediction } from '#protocol';
import { Problem } from '../frame/notes.tsx';
import { formatBytes } from '../words/bytes.ts';
import { type Answer, answerOf } from './answer.ts';

interface Props {
  readonly prediction: Prediction | undefined;
  /** of the newest question */
  readonly error: Error | null;
  /** whether a field is marked with what is wrong, or lacks something */
  readonly isMarked: boolean;
  /** whether what is shown is of an order that has changed since */
  readonly isOld: boolean;
  /** bytes that all runs together may use; null while it is not known */
  readonly capacity: number | null;
  readonly onRetry: () => unknown;
  /** takes a limit that would do */
  readonly onLimit: (bytes: number) => void;
}

export function WaterLine(props: Props) {
  const { prediction, error, isMarked, isOld, capacity, onRetry, onLimit } = props;
  const answer = prediction && answerOf(prediction);
  return (
    <section className="panel water-line" aria-label="What it will take">
      <h2>What it will take</h2>
      {answer && prediction && (
        <div className={isOld ? 'renewing' : undefined}>
          <Gauge prediction={prediction} />
        </div>
      )}
      {/* Always there, so that what changes in it is read out. */}
      <div role="status" className="answer">
        {isMarked ? (
          <p className="soft">It is known once the field that is marked, or empty, is right.</p>
        ) : (
          !error && <Told answer={answer} isOld={isOld} />
        )}
      </div>
      {error && !isMarked && <Problem error={error} onRetry={onRetry} />}
      {answer?.kind === 'cannot-fit' && prediction && !isOld && (
        <WouldDo
          prediction={prediction}
          wouldDo={answer.wouldDo}
          capacity={capacity ?? Infinity}
          onLimit={onLimit}
        />
      )}
      {prediction && <Items prediction={prediction} />}
    </section>
  );
}

interface ToldProps {
  readonly answer: Answer | undefined;
  readonly isOld: boolean;
}

/** While another is looked for, the numbers stay, and stand back. */
function Told({ answer, isOld }: ToldProps) {
  const isKnown = answer && !isOld;
  return (
    <>
      <p className={isKnown ? `answer-title ${answer.kind}` : 'answer-title'}>
        {isKnown ? answer.title : 'The planner looks …'}
      </p>
      <p className={isOld ? 'renewing' : undefined}>{answer?.text}</p>
    </>
  );
}

/** Of the width, beyond the highest of all that is drawn. */
const MARGIN = 1.12;

function Gauge({ prediction }: { readonly prediction: Prediction }) {
  const { predicted_peak_bytes: peak, limit_bytes: limit, baseline_bytes: others } = prediction;
  const { interval_bytes: interval, fits } = prediction;
  const [low, high] = interval;
  const all = Math.max(limit ?? 0, high, peak) * MARGIN;
  const x = (bytes: number): string => `${((bytes / all) * 100).toFixed(2)}%`;
  const words = `Peak ${formatBytes(peak)}, between ${formatBytes(low)} and ${formatBytes(high)}${
    limit === null ? '' : `, of ${formatBytes(limit)}`
  }`;
  return (
    <>
      <svg className={fits ? 'gauge' : 'gauge over'} role="img" aria-label={words}>
        <rect className="gauge-sea" x="0" y="16" width="100%" height="28" rx="6" />
        <rect className="gauge-water" x="0" y="16" width={x(peak)} height="28" rx="6" />
        {others > 0 && <rect className="gauge-others" x="0" y="16" width={x(others)} height="28" />}
        <rect className="gauge-band" x={x(low)} y="12" width={x(high - low)} height="36" rx="3" />
        {limit !== null && <rect className="gauge-line" x={x(limit)} y="4" width="3" height="52" />}
      </svg>
      <p className="row spread gauge-words" aria-hidden="true">
        <span>
          <strong>{formatBytes(peak)}</strong> <span className="soft">peak</span>
        </span>
        {limit !== null && (
          <span>
            <strong>{formatBytes(limit)}</strong> <span className="soft">limit</span>
          </span>
        )}
      </p>
    </>
  );
}

const MIB = 2 ** 20;
/** Those after them change less. */
const MOST_ALTERNATIVES = 4;

interface WouldDoProps {
  readonly prediction: Prediction;
  readonly wouldDo: number | null;
  readonly capacity: number;
  readonly onLimit: (bytes: number) => void;
}

function WouldDo({ prediction, wouldDo, capacity, onLimit }: WouldDoProps) {
  const { smallest_limit_bytes: smallest, alternatives } = prediction;
  const smaller = alternatives.filter((each) => each.smallest_limit_bytes < (smallest ?? Infinity));
  return (
    <>
      <h3>What would do</h3>
      <ul>
        {wouldDo !== null && (
          <li>
            A limit of {formatBytes(wouldDo)}.{' '}
            {wouldDo <= capacity ? (
              <button type="button" className="small" onClick={() => onLimit(wouldDo)}>
                Ask for {Math.ceil(wouldDo / MIB)}M
              </button>
            ) : (
              `All runs together have ${formatBytes(capacity)}: the service would have to be started with more.`
            )}
          </li>
        )}
        {smaller.slice(0, MOST_ALTERNATIVES).map(({ change, smallest_limit_bytes: bytes }) => (
          <li key={change}>
            {change}: a limit of {formatBytes(bytes)} would do
          </li>
        ))}
        <li>
          Less to hold: shorter texts, LoRA or a soft prompt in place of all weights, a smaller
          model
        </li>
      </ul>
    </>
  );
}

function Items({ prediction: { items } }: { readonly prediction: Prediction }) {
  return (
    <details>
      <summary>Where it goes</summary>
      <table className="items">
        <caption className="unseen">Memory at the peak, item by item</caption>
        <tbody>
          {items
            .filter(({ bytes }) => bytes > 0)
            .map(({ name, bytes, note, reclaimable }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{formatBytes(bytes)}</td>
                <td className="soft">
                  {reclaimable ? 'the kernel can take it back; no part of the peak' : note}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </details>
  );
}

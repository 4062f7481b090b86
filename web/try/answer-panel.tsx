/** @file What one model says, as it says it; how long it took; or why it does not answer, and when to try again. */
import { useEffect, useState } from 'react';
import { useServiceMemory } from '../api/machine.ts';
import { Refusal } from '../api/request.ts';
import { formatBytes } from '../words/bytes.ts';
import { formatNumber } from '../words/numbers.ts';
import type { Answer } from './answers.ts';

interface Props {
  readonly name: 'Tuned' | 'Base';
  readonly model: string;
  /** null before anything was asked */
  readonly answer: Answer | null;
  readonly onRetry: () => void;
}

export function AnswerPanel({ name, model, answer, onRetry }: Props) {
  const isUnderWay = answer?.phase === 'opens' || answer?.phase === 'answers';
  return (
    <section className={`panel answer ${name.toLowerCase()}`} aria-label={`${name} model`}>
      <h2>{name}</h2>
      <p className="soft mono model-id">{model}</p>
      {/* Read out once it is whole: a screen reader would stumble over each piece. */}
      <div className="answer-text" aria-live="polite" aria-atomic="true" aria-busy={isUnderWay}>
        {answer?.text ||
          (answer?.phase === 'done' ? (
            <span className="soft">It ended at once, without a word.</span>
          ) : null)}
      </div>
      {answer && (
        <p role="status" className="soft answer-state">
          <State model={model} answer={answer} />
        </p>
      )}
      {answer?.error && <Refused error={answer.error} onRetry={onRetry} />}
      {(answer?.phase === 'left' || answer?.phase === 'stopped') && (
        <button type="button" className="small" onClick={onRetry}>
          Ask again
        </button>
      )}
    </section>
  );
}

function State({ model, answer }: { readonly model: string; readonly answer: Answer }) {
  if (answer.phase === 'opens') return <Opening model={model} />;
  return answer.phase === 'done' ? inNumbers(answer) : PHASES[answer.phase];
}

const PHASES = {
  waits: 'It is asked when the other has answered: one model is open at a time.',
  answers: 'It answers …',
  stopped: 'Stopped.',
  left: 'Not asked: the other could not answer.',
  refused: '',
} as const;

function inNumbers({ firstMs, totalMs, end }: Answer): string {
  return [
    totalMs !== null && `${seconds(totalMs)} in all`,
    firstMs !== null && `the first word after ${seconds(firstMs)}`,
    end && `${end.usage.prompt_tokens} tokens read, ${end.usage.completion_tokens} said`,
    end?.reason === 'length' && 'cut off at the most tokens',
  ]
    .filter(Boolean)
    .join(' · ');
}

const LOOK_MS = 700;

/** Who has the memory of answers, while nothing has come. */
function Opening({ model }: { readonly model: string }) {
  const { data } = useServiceMemory(LOOK_MS);
  const holder = data?.answering;
  if (!holder) return 'It is asked, and a process is started for it …';
  if (holder.model !== model) {
    return `It is asked. ${holder.model} has the memory of answers (${formatBytes(holder.limit)}), and is closed once it has answered …`;
  }
  return `It is opened, or reads the text; it may use ${formatBytes(holder.limit)} …`;
}

function Refused({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const after = error instanceof Refusal ? error.retryAfter : null;
  const left = useCountdown(after);
  return (
    <div role="alert" className="problem">
      <p>
        <strong>{error.message}</strong>
        {error instanceof Refusal && error.next !== '' && <> {error.next}.</>}
      </p>
      <button type="button" className="small" onClick={onRetry}>
        {left > 0 ? `Try again (best in ${left} s)` : 'Try again'}
      </button>
    </div>
  );
}

/** Whole seconds that are left. */
function useCountdown(from: number | null): number {
  const [left, setLeft] = useState(from ?? 0);
  useEffect(() => {
    const timer = setInterval(() => setLeft((before) => Math.max(before - 1, 0)), 1000);
    return () => clearInterval(timer);
  }, []);
  return left;
}

function seconds(ms: number): string {
  return `${formatNumber(Math.round(ms / 10) / 100)} s`;
}

/** @file What was trained, tried: the tuned model beside its base on the same text. */
import { type FormEvent, type KeyboardEvent, useEffect, useState } from 'react';
import { Link } from 'wouter';
import { useMayRun } from '../api/session.tsx';
import { Failure, Note, Waiting } from '../frame/notes.tsx';
import { AnswerPanel } from './answer-panel.tsx';
import { type Example, Examples } from './examples.tsx';
import { ModelPicker } from './model-picker.tsx';
import { useAnswers } from './use-answers.ts';
import { type Choice, useChoice } from './use-choice.ts';
import './try.css';

export function TryPage() {
  const { choice, run, error, again, choose } = useChoice();
  useEffect(() => {
    document.title = 'Try it · Plimsoll';
  }, []);
  if (choice === undefined) return error ? <Failure error={error} onRetry={again} /> : <Waiting />;
  if (choice === null) return <NoModel run={run} />;
  return <Trial key={choice.model} choice={choice} onChoose={choose} />;
}

function NoModel({ run }: { readonly run: number | null }) {
  return (
    <Note title={run === null ? 'There is no such model' : `Run ${run} has no model to try`}>
      <p>
        {run === null
          ? 'It may have been deleted.'
          : 'It has not completed, or what it made was deleted.'}{' '}
        <Link href="/try">All models</Link>
      </p>
    </Note>
  );
}

interface TrialProps {
  readonly choice: Choice;
  readonly onChoose: (model: string) => void;
}

/** Of one answer; a model may end before. */
const LENGTH = 64;

function Trial({ choice, onChoose }: TrialProps) {
  const { model, tuned, base } = choice;
  const sides = base === null ? [model] : [model, base];
  const { answers, isBusy, asked, ask, again, stop } = useAnswers();
  const [text, setText] = useState('');
  const [example, setExample] = useState<Example | null>(null);
  const [temperature, setTemperature] = useState('0');
  const [length, setLength] = useState(String(LENGTH));
  const mayRun = useMayRun();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!mayRun || isBusy) return;
    const seed = Math.floor(Math.random() * 2 ** 31); // one for both: what differs is the weights
    ask({ text, temperature: Number(temperature), length: Number(length), seed }, sides);
  };
  return (
    <>
      <div className="row spread try-head">
        <h1>Try it</h1>
        <ModelPicker choice={choice} onChoose={onChoose} />
      </div>
      <form className="panel try-form" onSubmit={submit}>
        <label htmlFor="text">Text</label>
        <textarea
          id="text"
          rows={4}
          required
          spellCheck={false}
          placeholder="What a model is asked, as its examples have it"
          value={text}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={submitByKeys}
          aria-describedby="text-help"
        />
        <div className="row">
          <label className="row">
            Temperature
            <input
              type="number"
              min={0}
              max={2}
              step={0.1}
              required
              value={temperature}
              onChange={({ target }) => setTemperature(target.value)}
            />
          </label>
          <label className="row">
            Tokens, at most
            <input
              type="number"
              min={1}
              max={100_000}
              required
              value={length}
              onChange={({ target }) => setLength(target.value)}
            />
          </label>
          {/* Keys: one element that changed its type in mid-click would submit the form as well. */}
          {isBusy ? (
            <button key="stop" type="button" className="danger" onClick={stop}>
              Stop
            </button>
          ) : (
            <button key="ask" type="submit" className="first" disabled={!mayRun}>
              {base === null ? 'Ask it' : 'Ask both'}
            </button>
          )}
          <span id="text-help" className="soft">
            {mayRun
              ? 'Ctrl+Enter asks. At temperature 0 the likeliest token is always taken.'
              : 'Asking needs a token with scope run: it starts a process and takes memory. This one may only look.'}
          </span>
        </div>
        {tuned && (
          <Examples
            tuned={tuned}
            disabled={!mayRun}
            onChoose={(chosen) => {
              setExample(chosen);
              setText(chosen.source.text);
            }}
          />
        )}
      </form>
      {example?.source.text === text && (
        <section className="panel expected" aria-label="In the data">
          <h2>In the data</h2>
          <p>{example.target.text}</p>
        </section>
      )}
      {tuned && base === null && (
        <p className="soft">
          Its base, {tuned.base}, is not there any more, or was of one of several revisions: the
          tuned model is asked alone.
        </p>
      )}
      {asked && asked.text !== text && (
        <p className="soft asked-text">These answer what was asked before: “{asked.text}”</p>
      )}
      <div className="answers">
        {sides.map((id) => (
          <AnswerPanel
            key={id}
            name={id !== base && tuned ? 'Tuned' : 'Base'}
            model={id}
            answer={answers[id] ?? null}
            onRetry={again}
          />
        ))}
      </div>
    </>
  );
}

function submitByKeys(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.currentTarget.form?.requestSubmit();
}

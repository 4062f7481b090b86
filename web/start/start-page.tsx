/** @file A run, before it starts: model, data, method, parameters; and, as they change, whether it fits. */
import { type FormEvent, useEffect, useMemo, useRef } from 'react';
import { useLocation } from 'wouter';
import { useMayRun } from '../api/session.tsx';
import { useOrderDefaults, usePrediction, usePreview, useStart } from '../api/start.ts';
import { Failure, Problem, Waiting } from '../frame/notes.tsx';
import { refusalOf } from './answer.ts';
import { DataChoice } from './data-choice.tsx';
import { Preview } from './data-preview.tsx';
import { FieldInput } from './field-input.tsx';
import { type Field, isOfMethod, MAIN, METHODS, MORE, QUEUE } from './fields.ts';
import { isOfField, problemsOf, useFilled, useSettled } from './form.ts';
import { ModelChoice } from './model-choice.tsx';
import {
  defaultsFor,
  defaultText,
  methodOf,
  planOrderOf,
  previewOrderOf,
  queueOrderOf,
} from './order.ts';
import { WaterLine } from './water-line.tsx';
import './start.css';

/** So long nothing was changed before the planner is asked. */
const TYPED_MS = 350;
const NAMES = [...MAIN, ...MORE, ...QUEUE]
  .map(({ name }) => name)
  .concat('data', 'query', 'base_model');

export function StartPage() {
  const [filled, fillIn, clear] = useFilled();
  const form = useRef<HTMLFormElement>(null);
  const settled = useSettled(filled, TYPED_MS);
  const order = useMemo(() => planOrderOf(settled), [settled]);
  const mayRun = useMayRun();
  const defaults = useOrderDefaults();
  const prediction = usePrediction(order);
  const preview = usePreview(
    useMemo(() => previewOrderOf(settled), [settled]),
    mayRun,
  );
  const start = useStart(refusalOf);
  const [, go] = useLocation();
  useEffect(() => {
    document.title = 'Start training · Plimsoll';
  }, []);
  useEffect(() => {
    if (start.error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [start.error]);

  if (!defaults.data)
    return defaults.error ? (
      <Failure error={defaults.error} onRetry={defaults.refetch} />
    ) : (
      <Waiting />
    );
  const presets = defaultsFor(filled, defaults.data);
  const method = methodOf(filled);
  const isChanging = settled !== filled;
  const problemOf = problemsOf([start.error, prediction.error, preview.error]);
  const begin = (): void =>
    start.mutate(
      { order: planOrderOf(filled), queue: queueOrderOf(filled) },
      { onSuccess: ({ id }) => go(`/runs/${id}`) },
    );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (mayRun && !start.isPending) begin();
  };
  const change: typeof fillIn = (changes) => {
    start.reset();
    fillIn(changes);
  };
  const input = (field: Field) => (
    <FieldInput
      key={field.name}
      field={field}
      value={filled[field.name] ?? ''}
      preset={defaultText(field.name, presets)}
      problem={problemOf(field.name)}
      onChange={(value) => change({ [field.name]: value })}
    />
  );
  const more = [...MORE.filter((field) => isOfMethod(field, method)), ...QUEUE];
  const shared = { filled, fillIn: change, problemOf };

  return (
    <form ref={form} className="start" onSubmit={submit} noValidate>
      <div className="row spread start-head">
        <h1>Start training</h1>
        <button
          type="button"
          className="small"
          onClick={() => {
            start.reset();
            clear();
          }}
        >
          Back to the defaults
        </button>
      </div>
      <div className="start-parts">
        <div className="start-form">
          <fieldset className="panel">
            <legend>Model and method</legend>
            <div className="fields">
              <ModelChoice {...shared} />
              <div className="field">
                <label htmlFor="method">Method</label>
                <select
                  id="method"
                  value={method}
                  onChange={({ target }) => change({ method: target.value })}
                >
                  {METHODS.map(({ name, label }) => (
                    <option key={name} value={name}>
                      {label}
                    </option>
                  ))}
                </select>
              </div>
            </div>
          </fieldset>
          <DataChoice {...shared} mayRun={mayRun}>
            {preview.data && !preview.error && (
              <Preview preview={preview.data} isOld={isChanging || preview.isFetching} />
            )}
            {preview.isPending && mayRun && <p className="soft">The data is read …</p>}
            {preview.error && !isOfField(preview.error, NAMES) && (
              <Problem error={preview.error} onRetry={preview.refetch} />
            )}
          </DataChoice>
          <fieldset className="panel">
            <legend>Parameters</legend>
            <div className="fields">{MAIN.map(input)}</div>
            <details open={more.some(({ name }) => problemOf(name) !== null) || undefined}>
              <summary>More</summary>
              <div className="fields">{more.map(input)}</div>
            </details>
          </fieldset>
        </div>
        <div className="start-side">
          <WaterLine
            prediction={prediction.error ? undefined : prediction.data}
            error={prediction.error}
            isOld={isChanging || prediction.isFetching}
            onRetry={prediction.refetch}
            onLimit={(bytes) => change({ memory: `${Math.ceil(bytes / 2 ** 20)}M` })}
          />
          <section className="panel" aria-label="Start">
            <button
              type="submit"
              className="first"
              disabled={!mayRun || start.isPending}
              aria-describedby="start-help"
            >
              {start.isPending ? 'Looking whether it fits …' : 'Start training'}
            </button>
            <p id="start-help" className="soft">
              {mayRun
                ? 'It begins when its turn comes. A run that cannot fit is not started.'
                : 'Starting needs a token with scope run. This one may see what a run would take, and may not send data or look at it.'}
            </p>
            {start.error && <Problem error={start.error} onRetry={begin} />}
          </section>
        </div>
      </div>
    </form>
  );
}

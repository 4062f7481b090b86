/** @file A run, before it starts: model, data, method, parameters; and, as they change, whether it fits. */
import { type FormEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import type { OrderDefaults } from '#protocol';
import { useServiceMemory } from '../api/machine.ts';
import { Refusal } from '../api/request.ts';
import { useMayRun } from '../api/session.tsx';
import { useOrderDefaults, usePrediction, useStart } from '../api/start.ts';
import { Failure, Problem, Waiting } from '../frame/notes.tsx';
import { useSettled } from '../look/use-settled.ts';
import { refusalOf } from './answer.ts';
import { DataChoice } from './data-choice.tsx';
import { FieldInput } from './field-input.tsx';
import { HELD_OUT } from './fields.ts';
import { isBesideField, problemsOf, useFilled } from './form.ts';
import { MethodChoice } from './method-choice.tsx';
import { ModelChoice } from './model-choice.tsx';
import {
  dataKindOf,
  defaultsFor,
  defaultText,
  EVALUATED,
  type Filled,
  type Missing,
  missingIn,
  planOrderOf,
  queueOrderOf,
  TRAINED,
} from './order.ts';
import { Parameters } from './parameters.tsx';
import { Previewed } from './previewed.tsx';
import { StartPanel } from './start-panel.tsx';
import { useDataPreview } from './use-data-preview.ts';
import { WaterLine } from './water-line.tsx';
import './start.css';

export function StartPage() {
  const { data, error, refetch } = useOrderDefaults();
  const [times, setTimes] = useState(0);
  useEffect(() => {
    document.title = 'Start training · Plimsoll';
  }, []);
  if (!data) return error ? <Failure error={error} onRetry={refetch} /> : <Waiting />;
  return <Form key={times} defaults={data} onClear={() => setTimes(times + 1)} />;
}

interface Props {
  readonly defaults: OrderDefaults;
  readonly onClear: () => void;
}

/** So long nothing was changed before the planner is asked. */
const TYPED_MS = 350;
const MIB = 2 ** 20;

function Form({ defaults, onClear }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const mayRun = useMayRun();
  const memory = useServiceMemory(false);
  const [filled, fillIn] = useFilled();
  const settled = useSettled(filled, TYPED_MS);
  const isChanging = settled !== filled;
  const isWhole = missingIn(settled) === null;
  const prediction = usePrediction(
    useMemo(() => planOrderOf(settled), [settled]),
    isWhole,
  );
  const trained = useDataPreview(settled, TRAINED, mayRun);
  const evaluated = useDataPreview(settled, EVALUATED, mayRun);
  const { error, lacks, isPending, begin, reset } = useBeginning(filled);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (mayRun && !isPending) begin();
  };
  const change: typeof fillIn = (changes) => {
    if (isPending) return; // what was filled in is on its way
    reset();
    fillIn(changes);
  };
  const planned = isWhole ? prediction.error : null;
  const problemOf = problemsOf([error, planned, trained.error, evaluated.error]);
  const shared = { filled, fillIn: change, problemOf };
  const presets = defaultsFor(filled, defaults);

  return (
    <form ref={form} onSubmit={submit} noValidate>
      <div className="row spread start-head">
        <h1>Start training</h1>
        <button type="button" className="small" onClick={onClear}>
          Back to the defaults
        </button>
      </div>
      <div className="start-parts">
        <div className="start-form">
          <fieldset className="panel">
            <legend>Model and method</legend>
            <div className="fields">
              <ModelChoice {...shared} />
              <MethodChoice {...shared} />
            </div>
          </fieldset>
          <DataChoice
            {...shared}
            use={TRAINED}
            name="Data"
            preset="Example data: the history of a household"
            mayRun={mayRun}
          >
            <Previewed name="Data" preview={trained} isChanging={isChanging} />
          </DataChoice>
          <Parameters {...shared} presets={presets} />
          <DataChoice
            {...shared}
            use={EVALUATED}
            name="Held-out data"
            preset="A part of the data, or none"
            mayRun={mayRun}
          >
            {dataKindOf(filled, EVALUATED) === 'preset' && (
              <FieldInput
                field={HELD_OUT}
                value={filled[HELD_OUT.name] ?? ''}
                preset={defaultText(HELD_OUT.name, presets)}
                problem={problemOf(HELD_OUT.name)}
                onChange={(text) => change({ [HELD_OUT.name]: text })}
              />
            )}
            <Previewed name="Held-out data" preview={evaluated} isChanging={isChanging} />
          </DataChoice>
        </div>
        <div className="start-side">
          <WaterLine
            prediction={isWhole && !prediction.error ? prediction.data : undefined}
            error={isWhole ? prediction.error : null}
            isMarked={!isWhole || isBesideField(prediction.error, filled)}
            isOld={isChanging || prediction.isFetching}
            capacity={memory.data?.capacity ?? null}
            onRetry={prediction.refetch}
            onLimit={(bytes) => change({ memory: `${Math.ceil(bytes / MIB)}M` })}
          />
          <StartPanel mayRun={mayRun} isPending={isPending}>
            {lacks ? (
              <p role="alert" className="problem">
                Nothing was started: {lacks.message}
              </p>
            ) : (
              error && <Problem error={error} onRetry={begin} />
            )}
          </StartPanel>
        </div>
      </div>
    </form>
  );
}

/** Of a run by what is filled in. What was refused is refused until something is changed, which resets it. */
function useBeginning(filled: Filled) {
  const start = useStart(refusalOf);
  const [, go] = useLocation();
  const [lacks, setLacks] = useState<Missing | null>(null);
  const lacking = useMemo(() => lacks && lackOf(lacks), [lacks]);
  return {
    error: lacking ?? start.error,
    lacks,
    isPending: start.isPending,
    reset: () => {
      setLacks(null);
      start.reset();
    },
    begin: () => {
      const missing = missingIn(filled);
      setLacks(missing);
      if (missing) return;
      const order = { order: planOrderOf(filled), queue: queueOrderOf(filled) };
      start.mutate(order, { onSuccess: ({ id }) => go(`/runs/${id}`) });
    },
  };
}

function lackOf({ field, message }: Missing): Refusal {
  return new Refusal(0, { code: 'REQUEST_INVALID', message, next: '', field });
}

/** @file What to train on: the bundled examples, a file that is sent, or a path below the service's roots. */
import { type ReactNode, useState } from 'react';
import { FieldInput } from './field-input.tsx';
import { FileSender } from './file-sender.tsx';
import type { FillIn, ProblemOf } from './form.ts';
import { DATA_KINDS, type DataKind, dataKindOf, type Filled } from './order.ts';

const LABELS: Readonly<Record<DataKind, string>> = {
  bundled: 'Example data: the history of a household',
  file: 'A file that you send',
  path: 'A file that the service has',
};

interface Props {
  readonly filled: Filled;
  readonly fillIn: FillIn;
  readonly problemOf: ProblemOf;
  readonly mayRun: boolean;
  /** the preview */
  readonly children: ReactNode;
}

export function DataChoice({ filled, fillIn, problemOf, mayRun, children }: Props) {
  const [queryProblem, setQueryProblem] = useState<string | null>(null);
  const kind = dataKindOf(filled);
  const query = filled['query'] ?? '';
  const choose = (next: DataKind): void => {
    setQueryProblem(null);
    fillIn({ data_kind: next, data: '', query: '' });
  };
  return (
    <fieldset className="panel">
      <legend>Data</legend>
      {DATA_KINDS.map((name) => (
        <label key={name} className="choice">
          <input
            type="radio"
            name="data-kind"
            checked={kind === name}
            onChange={() => choose(name)}
          />
          {LABELS[name]}
        </label>
      ))}
      {kind === 'file' && (
        <FileSender
          query={query}
          disabled={!mayRun}
          missing={problemOf('file')}
          onFile={(file) => fillIn({ data: file?.path ?? '' })}
          onQueryProblem={setQueryProblem}
        />
      )}
      {kind === 'path' && (
        <FieldInput
          field={PATH}
          value={filled['data'] ?? ''}
          preset=""
          problem={problemOf('data')}
          onChange={(data) => fillIn({ data })}
        />
      )}
      {kind !== 'bundled' && (
        <FieldInput
          field={QUERY}
          value={query}
          preset=""
          problem={queryProblem ?? problemOf('query')}
          onChange={(text) => {
            setQueryProblem(null);
            fillIn({ query: text });
          }}
        />
      )}
      {children}
    </fieldset>
  );
}

const PATH = {
  name: 'data',
  label: 'Path',
  help: 'below one of the roots of the service (--root)',
  type: 'text',
} as const;

const QUERY = {
  name: 'query',
  label: 'What to select',
  help: 'SQL, for a SQLite file alone: two columns, source and target',
  type: 'text',
  whenEmpty: "the original service's table",
} as const;
